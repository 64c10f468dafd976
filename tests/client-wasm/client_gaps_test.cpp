// What a member is told of events that it did not get: gaps, skips, logs that begin later.
#include "tests/client-wasm/client_rooms_kit.hpp"

namespace dialogue::client::testing {

using namespace core;

TEST_CASE("R-101 what was seen is dropped") {
  ScriptedRooms it;
  it.event(11);
  it.event(11);
  it.event(10);
  it.event(12);
  CHECK(it.ann.delivered == std::vector<std::string>{"11", "12"});
  CHECK(it.ann.gaps.empty());
}

TEST_CASE("R-98 a missing sequence is reported before the events after it") {
  ScriptedRooms it;
  it.event(14);
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 11);
  CHECK(it.ann.gaps[0].last == 13);
  CHECK(it.ann.delivered == std::vector<std::string>{"14"});
  CHECK(it.ann.core.position(it.room).sequence == 14);
}

TEST_CASE("SKIP moves the position without a gap, and reveals one") {
  ScriptedRooms it;
  it.world.say(it.ann, "[37,7,11,13]");
  it.event(14);
  CHECK(it.ann.gaps.empty());
  it.world.say(it.ann, "[37,7,20,21]");
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 15);
  CHECK(it.ann.gaps[0].last == 19);
  CHECK(it.ann.core.position(it.room).sequence == 21);
}

TEST_CASE("R-98 GAP moves the position and is reported with its range and reason") {
  ScriptedRooms it;
  it.world.say(it.ann, "[41,7,11,20,81]");
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 11);
  CHECK(it.ann.gaps[0].last == 20);
  CHECK(it.ann.gaps[0].code == ErrorCode::history_trimmed);
  it.event(20);
  it.event(21);
  CHECK(it.ann.delivered == std::vector<std::string>{"21"});
  CHECK(it.ann.gaps.size() == 1);
}

TEST_CASE("R-98 only the unseen part of a GAP is reported, and nothing of one that was seen") {
  ScriptedRooms it;
  it.world.say(it.ann, "[41,7,5,12,81]");
  it.world.say(it.ann, "[41,7,1,12,81]");
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 11);
  CHECK(it.ann.gaps[0].last == 12);
  CHECK(it.ann.core.position(it.room).sequence == 12);
}

TEST_CASE("R-98 a range that ends before it begins is a fault") {
  for (const char* frame : {"[37,7,20,15]", "[41,7,20,15,81]"}) {
    ScriptedRooms it;
    it.world.say(it.ann, frame);
    CHECK(it.ann.faults == std::vector{ErrorCode::frame_malformed});
    CHECK(it.ann.core.position(it.room).sequence == 10);
  }
}

TEST_CASE("R-98 a trimmed log is reported as a gap from the requested position to the log's begin") {
  ScriptedRooms it(10);
  it.rejoin(99, 20, 30, 0);
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 11);
  CHECK(it.ann.gaps[0].last == 19);
  it.event(20);
  CHECK(it.ann.delivered == std::vector<std::string>{"20"});
}

TEST_CASE("R-98 another log is read from where it begins") {
  ScriptedRooms it(10);
  it.rejoin(77, 3, 5, 0);
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.gaps[0].first == 0);
  for (const std::uint64_t sequence : {3, 4, 5, 6}) it.event(sequence);
  CHECK(it.ann.delivered == std::vector<std::string>{"3", "4", "5", "6"});
  CHECK(it.ann.gaps.size() == 1);
  CHECK(it.ann.core.position(it.room).epoch == 77);
}

TEST_CASE("R-99 a day offline is reported before any later event") {
  ScriptedRooms it(10);
  it.world.refuse_sockets(true);
  it.world.cut(it.ann);
  it.world.pass(24ULL * 3600 * 1000);
  it.world.refuse_sockets(false);
  it.rejoin(99, 501, 600, 0);
  REQUIRE(it.ann.gaps.size() == 1);
  CHECK(it.ann.delivered.empty());
  CHECK(it.ann.gaps[0].last == 500);
}

TEST_CASE("R-99 events missed while offline are reported before new ones") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  ann.join("chat");
  const RoomHandle bobs = bob.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  for (int i = 1; i <= 103; ++i) bob.publish(bobs, "message", std::to_string(i));  // the room keeps 100
  world.refuse_sockets(false);
  world.pass(30'000);
  REQUIRE(ann.gaps.size() == 1);
  CHECK(ann.gaps[0].first == 1);
  CHECK(ann.gaps[0].last == 3);
  REQUIRE(ann.delivered.size() == 100);
  CHECK(ann.delivered.front() == "4");
  bob.publish(bobs, "message", "\"new\"");
  CHECK(ann.delivered.back() == "\"new\"");
  CHECK(ann.gaps.size() == 1);
}

TEST_CASE("R-101 what was missed while away and is kept comes once, in order, however often one is cut") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  ann.join("chat");
  const RoomHandle bobs = bob.join("chat");
  std::vector<std::string> sent;
  for (int i = 1; i <= 30; ++i) {
    if (i % 3 == 0) world.cut(ann);
    bob.publish(bobs, "message", sent.emplace_back(std::to_string(i)));
    if (i % 5 == 0) world.pass(30'000);
  }
  CHECK(ann.delivered == sent);
  CHECK(ann.gaps.empty());
}

TEST_CASE("R-99 a room with a new log is reported as a gap without a range") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  ann.publish(chat, "message", "1");
  const Position before = ann.core.position(chat);
  world.restart_server();
  world.pass(30'000);
  REQUIRE(ann.gaps.size() == 1);
  CHECK(ann.gaps[0].first == 0);
  CHECK(ann.core.position(chat).epoch != before.epoch);
  CHECK(ann.core.position(chat).sequence == 0);
}

TEST_CASE("R-98 a position ahead of the log is reported as a gap, and the log's own head counts") {
  ScriptedRooms it(10);
  it.world.deafen(false);
  it.world.cut(it.ann);
  it.world.deafen(true);
  it.world.pass(kFirstRetryMaxMs);
  const auto request = static_cast<std::uint32_t>(std::stoul(it.ann.sent.back().substr(3)));
  it.world.say(it.ann, "[33,1,0,0,25000,0,0,{}]");
  it.joined(request, 99, 4, 0);
  CHECK(it.ann.gaps.size() == 1);
  CHECK(it.ann.core.position(it.room).sequence == 4);
}

}  // namespace dialogue::client::testing
