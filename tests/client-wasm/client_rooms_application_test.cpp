// Rooms that the server's application joins the client to, beside its own JOINs.
#include <utility>

#include "tests/client-wasm/client_rooms_kit.hpp"

namespace dialogue::client::testing {

using namespace core;

namespace {

/// Everybody is joined to the room chat, at its newest events.
Hooks joining(std::uint64_t newest = 0) {
  Hooks hooks;
  hooks.on_connect = [newest](HookClient& client) {
    client.join("chat", newest);
    return HookDecision::allow();
  };
  return hooks;
}

}  // namespace

TEST_CASE("a client that a hook puts into a room is a member without asking, and again after a reconnection") {
  World world(joining());
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.handle("chat");
  CHECK(ann.result(ann.publish(chat, "message", "1")).code == ErrorCode::ok);
  CHECK(ann.delivered.size() == 1);
  world.pass(100'000);
  world.cut(ann);
  world.pass(10'000);
  CHECK(ann.result(ann.publish(chat, "message", "2")).code == ErrorCode::ok);
  CHECK(ann.left.empty());
}

TEST_CASE("a client that a hook puts into a room at its newest events gets those first") {
  World world(joining(2));
  Peer& bob = world.add("bob");
  const RoomHandle room = bob.handle("chat");
  for (const char* text : {"1", "2", "3"}) bob.publish(room, "message", text);
  world.refuse_sockets(true);
  Peer& ann = world.add("ann");
  if (GENERATE(false, true)) ann.join("chat");  // its JOIN travels with HELLO
  world.refuse_sockets(false);
  world.pass(10'000);
  CHECK(ann.delivered == std::vector<std::string>{"2", "3"});
  CHECK(ann.gaps.empty());
}

TEST_CASE("F-J1 a server that joins its clients takes no recovery away") {
  World world(joining());
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle chat = ann.handle("chat"), bobs = bob.handle("chat");
  SECTION("what was missed while away comes") {
    for (int cuts = 0; cuts < 3; ++cuts) {
      world.refuse_sockets(true);
      world.cut(ann);
      bob.publish(bobs, "message", "1");
      world.refuse_sockets(false);
      world.pass(10'000);
      bob.publish(bobs, "message", "2");
    }
    CHECK(ann.delivered == std::vector<std::string>{"1", "2", "1", "2", "1", "2"});
  }
  SECTION("the first join reads from where it asks, once") {
    for (const char* text : {"1", "2", "3"}) bob.publish(bobs, "message", text);
    ann.delivered.clear();
    CHECK(ann.core.is_servers(chat));
    ann.join("chat", JoinFrom::last, {0, 2});
    CHECK(ann.join_result(chat).code == ErrorCode::ok);
    CHECK(ann.delivered == std::vector<std::string>{"2", "3"});
    ann.join("chat");
    CHECK(ann.join_result(chat).code == ErrorCode::already_joined);
  }
  SECTION("a join without a connection asks from where it says") {
    for (const char* text : {"1", "2", "3"}) bob.publish(bobs, "message", text);
    ann.delivered.clear();
    world.refuse_sockets(true);
    world.cut(ann);
    ann.join("chat", JoinFrom::last, {0, 2});
    world.refuse_sockets(false);
    world.pass(10'000);
    CHECK(ann.join_result(chat).code == ErrorCode::ok);
    CHECK(ann.delivered == std::vector<std::string>{"2", "3"});
  }
  CHECK(ann.gaps.empty());
  CHECK(ann.left.empty());
}

TEST_CASE("F-J1 JOINED of the server's application moves no position while the client's own JOIN is under way") {
  ScriptedRooms it(10);
  it.world.cut(it.ann);
  it.world.pass(kFirstRetryMaxMs);
  const std::string request = it.request();
  it.world.say(it.ann, "[33,1,0,0,25000,0,0,{}]");
  it.joined(0, 99, 14, 1);
  it.event(15);
  it.event(0);  // of the application's hook: it comes once
  CHECK(std::exchange(it.ann.delivered, {}) == std::vector<std::string>{"0"});
  SECTION("which is granted") {
    it.world.say(it.ann, "[34," + request + ",7,99,1,15,1,{\"roomId\":\"chat\"}]");
    for (const std::uint64_t sequence : {11, 12, 13, 14, 15}) it.event(sequence);
    CHECK(it.ann.delivered == std::vector<std::string>{"11", "12", "13", "14", "15"});
    CHECK(it.ann.left.empty());
  }
  SECTION("which is refused: it leaves") {
    it.world.say(it.ann, "[42," + request + ",61,{\"message\":\"no\"}]");
    CHECK(it.ann.sent.at(it.ann.sent.size() - 2).starts_with("[3,"));
    CHECK(it.ann.left.at(it.room) == ErrorCode::forbidden);
  }
  SECTION("which the server cannot decide now: it asks again") {
    it.world.say(it.ann, "[42," + request + "," + std::to_string(static_cast<int>(ErrorCode::hook_unavailable)) + ",{}]");
    const std::size_t sent = it.ann.sent.size();
    it.joined(0, 99, 15, 1);
    CHECK(it.ann.sent.size() == sent);
    it.world.pass(5'000);
    CHECK(it.ann.sent.back().find(",2,99,10,\"chat\"") != std::string::npos);
    CHECK(it.ann.left.empty());
  }
  SECTION("which the application waits for no more") {
    const Ticket leaving = it.ann.leave(it.room);
    it.world.say(it.ann, "[34," + request + ",7,99,1,15,1,{\"roomId\":\"chat\"}]");
    CHECK(it.ann.sent.back() == "[3," + std::to_string(leaving) + ",7]");
  }
  SECTION("which comes too late, since the membership has ended: it leaves") {
    it.world.say(it.ann, "[35,0,7,61]");
    CHECK(it.ann.left.at(it.room) == ErrorCode::forbidden);
    it.world.say(it.ann, "[34," + request + ",7,99,1,15,1,{\"roomId\":\"chat\"}]");
    CHECK(it.ann.sent.back().starts_with("[3,"));
    CHECK(it.ann.sent.back().ends_with(",7]"));
    CHECK(it.ann.faults.empty());
  }
  CHECK(it.ann.delivered.size() == (it.ann.delivered.empty() ? 0 : 5));
}

TEST_CASE("F-J1 what was published before a join continues the membership is answered") {
  ScriptedRooms it(10);
  it.world.say(it.ann, "[35,0,7,0]");
  it.joined(0, 99, 10, 1);
  const Ticket sent = it.ann.publish(it.room, "message", "1");
  it.ann.join("chat", JoinFrom::last, {0, 3});
  const std::string request = it.request();
  SECTION("before its JOINED") {
    it.world.say(it.ann, "[38,7,1,99,11,1,0]");
    CHECK(it.ann.result(sent).sequence == 11);
    it.world.say(it.ann, "[34," + request + ",7,99,1,11,1,{\"roomId\":\"chat\"}]");
    CHECK(it.ann.join_result(it.room).code == ErrorCode::ok);
    CHECK(it.ann.core.position(it.room).sequence == 8);
  }
  SECTION("where it is refused: it leaves, and nobody knows") {
    it.world.say(it.ann, "[42," + request + ",61,{\"message\":\"no\"}]");
    CHECK(it.ann.join_result(it.room).code == ErrorCode::forbidden);
    CHECK(it.ann.result(sent).code == ErrorCode::outcome_unknown);
    CHECK(it.ann.left.at(it.room) == ErrorCode::forbidden);
    CHECK(it.ann.sent.back().starts_with("[3,"));
  }
}

}  // namespace dialogue::client::testing
