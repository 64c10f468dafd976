// A client whose server is a script: for the tests of its memberships.
#pragma once
#include <catch2/catch.hpp>
#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

/// A WELCOME'd client in room number 7 of epoch 99, whose server is the test.
struct ScriptedRooms {
  explicit ScriptedRooms(std::uint64_t head = 10) {
    world.deafen(true);
    room = ann.join("chat");
    const Ticket request = static_cast<Ticket>(std::stoul(ann.sent.back().substr(3)));
    joined(request, 99, head, 1);
  }
  void joined(std::uint64_t request, std::uint64_t epoch, std::uint64_t head, int recovered) {
    world.say(ann, "[34," + std::to_string(request) + ",7," + std::to_string(epoch) + "," + std::to_string(head + 1) + "," +
                       std::to_string(head) + "," + std::to_string(recovered) + ",{\"roomId\":\"chat\"}]");
  }
  /// The connection breaks and comes back; JOINED says what is given. Returns the JOIN.
  std::string rejoin(std::uint64_t epoch, std::uint64_t base, std::uint64_t head, int recovered) {
    const std::size_t hello_and_join = ann.sent.size() + 2;
    world.cut(ann);
    while (ann.sent.size() < hello_and_join) world.pass(100);
    const std::string join = ann.sent.back();
    world.say(ann, "[33,1,0,0,25000,0,0,{}]");
    world.say(ann, "[34," + join.substr(3, join.find(',', 3) - 3) + ",7," + std::to_string(epoch) + "," + std::to_string(base) +
                       "," + std::to_string(head) + "," + std::to_string(recovered) + ",{\"roomId\":\"chat\"}]");
    return join;
  }
  /// `req` of the last frame.
  [[nodiscard]] std::string request() const { return ann.sent.back().substr(3, ann.sent.back().find(',', 3) - 3); }
  void event(std::uint64_t sequence) {
    const std::string text = std::to_string(sequence);
    world.say(ann, "[36,7,1," + text + ",0,\"bob\",0," + text + "]");
  }
  World world;
  Peer& ann = world.add("ann");
  RoomHandle room = 0;
};

}  // namespace dialogue::client::testing
