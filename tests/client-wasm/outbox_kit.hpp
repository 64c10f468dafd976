// A client whose server is a script: for the tests of its outbox.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

inline std::size_t publications(const Peer& peer) {
  std::size_t count = 0;
  for (const std::string& frame : peer.sent) count += frame.rfind("[4,", 0) == 0;
  return count;
}

/// A member of room number 7, epoch 99, whose server is the test: it hears nothing, and `say` answers.
struct ScriptedOutbox {
  ScriptedOutbox() {
    world.deafen(true);
    room = ann.join("chat");
    world.say(ann, "[34," + ann.sent.back().substr(3, 1) + ",7,99,1,0,1,{\"roomId\":\"chat\"}]");
    ann.sent.clear();
  }
  Ticket publish(const char* json) { return ann.publish(room, "message", json); }
  void ack(std::uint64_t number, std::uint64_t sequence, int duplicate = 0) {
    world.say(ann,
              "[38,7," + std::to_string(number) + ",99," + std::to_string(sequence) + ",1," + std::to_string(duplicate) + "]");
  }
  void nack(std::uint64_t number, ErrorCode code, std::uint64_t retry_after_ms = 0) {
    world.say(ann, "[39,7," + std::to_string(number) + "," + std::to_string(static_cast<int>(code)) + "," +
                       std::to_string(retry_after_ms) + ",{\"message\":\"x\"}]");
  }
  World world;
  Peer& ann = world.add("ann");
  RoomHandle room = 0;
};

}  // namespace dialogue::client::testing
