// What an earlier page left unsent, and how the next one sends it. Both machines driven against each other.
#include <catch2/catch.hpp>
#include <string>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

using namespace store;

namespace {
/// A page after a reload: what the earlier one left is handed over before the room is joined.
struct Reloaded {
  explicit Reloaded(std::uint64_t epoch) {
    world.deafen(true);
    const RoomHandle room = ann.handle("chat");
    ann.core.restore_numbers(room, epoch, 6);
    fifth = ann.restore(room, "message", "5", 5);
    sixth = ann.restore(room, "message", "6", 6);
    fresh = ann.restore(room, "message", "7", 0);
    ann.join("chat");
    CHECK(ann.core.pending() == 3);
    world.say(ann, "[34," + ann.sent.back().substr(3, ann.sent.back().find(',', 3) - 3) + ",7,99,1,4,1,{\"roomId\":\"chat\"}]");
  }
  World world;
  Peer& ann = world.add("ann");
  Ticket fifth = 0, sixth = 0, fresh = 0;
};
}  // namespace

TEST_CASE("R-104 after a reload the same numbers are sent again, and then new ones") {
  Reloaded it(99);
  const std::size_t count = it.ann.sent.size();
  CHECK(it.ann.sent[count - 3] == R"([4,7,1,5,{"first":0,"resent":1},5])");
  CHECK(it.ann.sent[count - 2] == R"([4,7,1,6,{"first":0,"resent":1},6])");
  CHECK(it.ann.sent[count - 1] == "[4,7,1,7,0,7]");
  it.world.say(it.ann, "[38,7,5,99,3,1,1]");
  CHECK(it.ann.result(it.fifth).code == ErrorCode::ok);
  CHECK(it.ann.result(it.fifth).duplicate);
}

TEST_CASE("R-104 what an earlier page left goes before what this one has published meanwhile") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.handle("chat");
  world.deafen(true);
  ann.core.restore_numbers(room, 99, 1);
  ann.join("chat");
  ann.publish(room, "message", "3");
  ann.restore(room, "message", "1", 1);
  ann.restore(room, "message", "2", 0);
  const std::size_t count = ann.sent.size();
  world.say(ann, "[34," + ann.sent.back().substr(3, ann.sent.back().find(',', 3) - 3) + ",7,99,1,4,1,{\"roomId\":\"chat\"}]");
  REQUIRE(ann.sent.size() == count + 3);
  CHECK(ann.sent[count] == R"([4,7,1,1,{"first":0,"resent":1},1])");
  CHECK(ann.sent[count + 1] == "[4,7,1,2,0,2]");
  CHECK(ann.sent[count + 2] == "[4,7,1,3,0,3]");
}

TEST_CASE("R-104 in another log possibly accepted publications are unknown, and the rest is sent again") {
  Reloaded it(98);
  CHECK(it.ann.result(it.fifth).code == ErrorCode::outcome_unknown);
  CHECK(it.ann.result(it.sixth).code == ErrorCode::outcome_unknown);
  CHECK(it.ann.sent.back() == "[4,7,1,7,0,7]");
  CHECK_FALSE(it.ann.result(it.fresh).settled);
}

TEST_CASE("R-104 a restored earlier log accepts new publications as new, whatever was published in it and meanwhile") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  const auto publish = [&](const std::string& payload) {
    const Ticket ticket = ann.publish(chat, "message", payload);
    world.pass(10'000);
    return ann.result(ticket).code;
  };
  for (const char* payload : {"1", "2", "3"}) CHECK(publish(payload) == ErrorCode::ok);
  std::unique_ptr<MemoryStore> first = world.restart_server_with(nullptr);
  world.pass(60'000);
  for (const char* payload : {"4", "5"}) CHECK(publish(payload) == ErrorCode::ok);
  static_cast<void>(world.restart_server_with(std::move(first)));
  world.pass(60'000);
  for (const char* payload : {"1", "6", "7", "8"}) CHECK(publish(payload) == ErrorCode::ok);
  CHECK(std::vector<std::string>(ann.delivered.end() - 4, ann.delivered.end()) == std::vector<std::string>{"1", "6", "7", "8"});
}

TEST_CASE("R-104 what an earlier page left waits on where the first join fails for a while only") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle bobs = bob.join("small");
  world.add("eve").join("small");
  const RoomHandle small = ann.handle("small");
  const Ticket left = ann.restore(small, "message", "1", 0);
  ann.join("small");
  CHECK(ann.join_result(small).code == ErrorCode::room_full);
  CHECK_FALSE(ann.result(left).settled);
  bob.leave(bobs);
  ann.join("small");
  CHECK(ann.result(left).code == ErrorCode::ok);
}

TEST_CASE("R-104 publications of an earlier page in a room that cannot be joined are reported") {
  World world;
  Peer& ann = world.add("ann");
  const Ticket left = ann.restore(ann.handle("nowhere"), "message", "1", 0);
  ann.join("nowhere");
  CHECK(ann.result(left).code == ErrorCode::room_unknown);
}

}  // namespace dialogue::client::testing
