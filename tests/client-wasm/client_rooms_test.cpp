// Memberships, positions, gaps and duplicates: both machines driven against each other.
#include "tests/client-wasm/client_rooms_kit.hpp"

namespace dialogue::client::testing {

using namespace core;

TEST_CASE("a refused first join rejects immediately") {
  World world;
  Peer& ann = world.add("ann");
  CHECK(ann.join_result(ann.join("nowhere")).code == ErrorCode::room_unknown);
  CHECK(ann.left.empty());
  world.add("bob").join("small");
  world.add("eve").join("small");
  CHECK(ann.join_result(ann.join("small")).code == ErrorCode::room_full);
}

TEST_CASE("a rejoin with a retryable refusal is retried until it is granted") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  Peer& eve = world.add("eve");
  const RoomHandle room = ann.join("small");
  const RoomHandle bobs = bob.join("small");
  world.refuse_sockets(true);
  world.cut(ann);
  world.pass(130'000);  // its place is not kept any more
  eve.join("small");
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.left.empty());
  const Ticket waiting = ann.publish(room, "message", "1");
  world.pass(30'000);
  CHECK_FALSE(ann.result(waiting).settled);
  bob.leave(bobs);
  world.pass(10'000);
  CHECK(ann.result(waiting).code == ErrorCode::ok);
}

TEST_CASE("a refused rejoin that is final ends the membership and rejects what waits in it") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  const Ticket waiting = ann.publish(room, "message", "1");
  Definitions without = World::definitions();
  without.rooms.erase(without.rooms.begin());
  world.restart_server(std::move(without));
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.left.at(room) == ErrorCode::room_unknown);
  CHECK(ann.result(waiting).code == ErrorCode::room_unknown);
}

TEST_CASE("a second join of the same room is refused while there is a membership") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("chat");
  ann.join("chat");
  CHECK(ann.join_result(room).code == ErrorCode::already_joined);
  ann.leave(room);
  ann.join("chat");
  CHECK(ann.join_result(room).code == ErrorCode::ok);
}

TEST_CASE("a room that is being left cannot be joined yet") {
  ScriptedRooms it;
  const Ticket leaving = it.ann.leave(it.room);
  it.ann.join("chat");
  CHECK(it.ann.join_result(it.room).code == ErrorCode::not_left_yet);
  it.world.say(it.ann, "[35," + std::to_string(leaving) + ",7,0]");
  CHECK(it.ann.result(leaving).code == ErrorCode::ok);
}

TEST_CASE("leave resolves immediately without a connection, and the room is not joined again") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  CHECK(ann.result(ann.leave(room)).code == ErrorCode::ok);
  world.refuse_sockets(false);
  ann.sent.clear();
  world.pass(30'000);
  CHECK(ann.core.state() == State::connected);
  REQUIRE(ann.sent.size() == 2);
  CHECK(ann.sent[1] == "[2,4,4,0,0,\"chat\",{}]");  // the place is given back
}

TEST_CASE("F-J5 a place that was left without a connection is another's after the next WELCOME") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle room = ann.join("small");
  bob.join("small");
  SECTION("left without a connection") {
    world.refuse_sockets(true);
    world.cut(ann);
    CHECK(ann.result(ann.leave(room)).code == ErrorCode::ok);
  }
  SECTION("LEAVE was lost") {
    world.deafen(true);
    const Ticket leaving = ann.leave(room);
    world.refuse_sockets(true);
    world.cut(ann);
    world.deafen(false);
    CHECK(ann.result(leaving).code == ErrorCode::ok);
  }
  SECTION("left while it is joined again, and cut once more") {
    world.mute(true);
    world.cut(ann);
    world.pass(kFirstRetryMaxMs);
    const Ticket leaving = ann.leave(room);
    world.refuse_sockets(true);
    world.cut(ann);
    world.mute(false);
    CHECK(ann.result(leaving).code == ErrorCode::ok);
  }
  Peer& eve = world.add("eve");
  world.refuse_sockets(false);
  world.pass(10'000);
  CHECK(ann.core.state() == State::connected);
  CHECK(eve.join_result(eve.join("small")).code == ErrorCode::ok);
  CHECK(ann.core.forget_room(room));
}

TEST_CASE("F-J5 a room that is joined again before the next WELCOME keeps its place") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("small");
  world.add("bob").join("small");
  world.refuse_sockets(true);
  world.cut(ann);
  ann.leave(room);
  ann.join("small");
  world.refuse_sockets(false);
  world.pass(10'000);
  CHECK(ann.join_result(room).code == ErrorCode::ok);
}

TEST_CASE("F-J2 LEAVE follows the answers to what was published before, and what was not sent is refused") {
  ScriptedRooms it;
  std::vector<Ticket> sent;
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) sent.push_back(it.ann.publish(it.room, "message", "1"));
  const Ticket waits = it.ann.publish(it.room, "message", "2");
  const Ticket leaving = it.ann.leave(it.room);
  CHECK(it.ann.result(waits).code == ErrorCode::not_joined);
  for (std::size_t i = 1; i <= sent.size(); ++i) {
    CHECK(it.ann.sent.back().substr(0, 3) == "[4,");
    it.world.say(it.ann, "[38,7," + std::to_string(i) + ",99," + std::to_string(10 + i) + ",1,0]");
  }
  CHECK(it.ann.sent.back() == "[3," + std::to_string(leaving) + ",7]");
  for (const Ticket ticket : sent) CHECK(it.ann.result(ticket).code == ErrorCode::ok);
  it.world.say(it.ann, "[35," + std::to_string(leaving) + ",7,0]");
  CHECK(it.ann.result(leaving).code == ErrorCode::ok);
}

TEST_CASE("F-J2 a publication that the server puts off does not hold the leave") {
  ScriptedRooms it;
  const Ticket sent = it.ann.publish(it.room, "message", "1"), next = it.ann.publish(it.room, "message", "2");
  const Ticket leaving = it.ann.leave(it.room);
  it.world.say(it.ann, "[39,7,1," + std::to_string(static_cast<int>(ErrorCode::rate_limited)) + ",5000,{}]");
  CHECK_FALSE(it.ann.result(next).settled);
  it.world.pass(10'000);
  it.world.say(it.ann, "[39,7,2," + std::to_string(static_cast<int>(ErrorCode::producer_hole)) + ",0,{}]");
  for (const Ticket ticket : {sent, next}) CHECK(it.ann.result(ticket).code == ErrorCode::not_joined);
  CHECK(it.ann.sent.back() == "[3," + std::to_string(leaving) + ",7]");
}

TEST_CASE("F-J8 what a room waits for ends with its membership, and no other room's alarm forgets it") {
  ScriptedRooms it;
  const auto limited = [&](std::uint64_t room, int wait_ms) {
    it.world.say(it.ann, "[39," + std::to_string(room) + ",1," + std::to_string(static_cast<int>(ErrorCode::rate_limited)) + "," +
                             std::to_string(wait_ms) + ",{}]");
  };
  it.ann.publish(it.room, "message", "1");
  limited(7, 3'000);
  const Ticket leaving = it.ann.leave(it.room);
  it.world.say(it.ann, "[35," + std::to_string(leaving) + ",7,0]");
  const RoomHandle other = it.ann.join("small");
  it.world.say(it.ann, "[34," + it.request() + ",8,99,1,0,1,{\"roomId\":\"small\"}]");
  it.ann.publish(other, "message", "2");
  limited(8, 1'000);
  it.ann.join("chat");
  it.joined(std::stoul(it.request()), 99, 10, 1);
  it.ann.sent.clear();
  it.ann.publish(it.room, "message", "3");
  CHECK(it.ann.sent.size() == 1);  // the wait of before is not this membership's
  it.world.pass(1'000);
  CHECK(it.ann.sent.size() == 2);
}

TEST_CASE("leave during a rejoin leaves once the server has answered") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("chat");
  world.pass(100'000);
  world.cut(ann);
  world.deafen(true);
  world.pass(kFirstRetryMaxMs);
  const Ticket leaving = ann.leave(room);
  CHECK_FALSE(ann.result(leaving).settled);
  const std::uint32_t request = static_cast<std::uint32_t>(std::stoul(ann.sent.back().substr(3)));
  world.deafen(false);
  world.say(ann, "[33,1,0,0,25000,0,0,{}]");
  world.say(ann, "[34," + std::to_string(request) + ",7,1,1,0,1,{\"roomId\":\"chat\"}]");
  CHECK(ann.sent.back() == "[3," + std::to_string(leaving) + ",7]");
}

TEST_CASE("F-C15 a room that is forgotten gives its handle back, unless it has counted publications") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("game-1");
  CHECK_FALSE(ann.core.forget_room(room));  // it is joined
  CHECK(ann.result(ann.leave(room)).code == ErrorCode::ok);
  CHECK(ann.core.forget_room(room));
  CHECK(ann.core.add_room() == room);
  const RoomHandle chat = ann.join("chat");
  CHECK(ann.result(ann.publish(chat, "message", "1")).code == ErrorCode::ok);
  CHECK(ann.result(ann.leave(chat)).code == ErrorCode::ok);
  CHECK_FALSE(ann.core.forget_room(chat));  // or its next publication would have a number that was used
  const Ticket early = ann.publish(chat, "message", "2");
  ann.join("chat");
  CHECK(ann.result(early).code == ErrorCode::ok);
}

TEST_CASE("leave without a membership is refused") {
  World world;
  Peer& ann = world.add("ann");
  CHECK(ann.result(ann.leave(ann.handle("chat"))).code == ErrorCode::not_joined);
}

TEST_CASE("a membership that the server ends is reported with its reason") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle room = ann.join("game-1");
  world.post(ShardMessage{DeleteRoom{"game-1", {}}});
  CHECK(ann.left.at(room) == ErrorCode::room_deleted);
  CHECK(ann.result(ann.publish(room, "message", "1")).code == ErrorCode::not_joined);
  ann.join("game-1");
  CHECK(ann.join_result(room).code == ErrorCode::ok);
}

TEST_CASE("R-100 R-101 what is caught up after a reconnection comes once, whenever the connection breaks") {
  ScriptedRooms it(10);
  it.rejoin(99, 1, 14, 1);
  for (const std::uint64_t sequence : {11, 12}) it.event(sequence);
  CHECK(it.rejoin(99, 1, 14, 1).find(",2,99,12,\"chat\"") != std::string::npos);
  CHECK(it.rejoin(99, 1, 14, 1).find(",2,99,12,\"chat\"") != std::string::npos);
  for (const std::uint64_t sequence : {13, 14, 15}) it.event(sequence);
  CHECK(it.ann.delivered == std::vector<std::string>{"11", "12", "13", "14", "15"});
  CHECK(it.ann.gaps.empty());
}

TEST_CASE("volatile events are delivered and move nothing") {
  ScriptedRooms it;
  it.event(0);
  it.event(0);
  CHECK(it.ann.delivered.size() == 2);
  CHECK(it.ann.core.position(it.room).sequence == 10);
}

TEST_CASE("events of a room that is being left, or of none, are not delivered") {
  ScriptedRooms it;
  it.world.say(it.ann, "[36,8,1,1,0,\"bob\",0,1]");
  it.ann.leave(it.room);
  it.event(11);
  CHECK(it.ann.delivered.empty());
  CHECK(it.ann.faults.empty());
}

TEST_CASE("R-100 the position of a room without events is known from JOINED") {
  ScriptedRooms it(10);
  it.world.cut(it.ann);
  it.world.pass(kFirstRetryMaxMs);
  CHECK(it.ann.sent.back().find(",2,99,10,\"chat\"") != std::string::npos);
}

TEST_CASE("the first join requests the given position") {
  World world;
  Peer& ann = world.add("ann");
  ann.join("chat", JoinFrom::last, {0, 5});
  CHECK(ann.sent.back() == "[2,2,1,0,5,\"chat\",{}]");
  ann.join("small", JoinFrom::since, {7, 3});
  CHECK(ann.sent.back().find(",2,7,3,\"small\"") != std::string::npos);
  CHECK(ann.gaps.size() == 1);  // another log
}

TEST_CASE("unrequested memberships are bounded") {
  World world;
  Peer& ann = world.add("ann");
  for (std::size_t i = 1; i <= kRoomsPerConnectionMax + 1; ++i)
    world.say(ann, "[34,0," + std::to_string(i) + ",1,1,0,1,{\"roomId\":\"room-" + std::to_string(i) + "\"}]");
  CHECK(ann.faults == std::vector{ErrorCode::frame_malformed});
}

TEST_CASE("RENEW is answered by a JOIN of a member, and the membership continues whatever the outcome") {
  ScriptedRooms at;
  for (const std::string answer : {"0,{}", "61,{\"message\":\"no\"}"}) {
    at.world.say(at.ann, "[40,7]");
    const std::string join = at.ann.sent.back();
    const std::size_t comma = join.find(',', 3);
    CHECK(join.substr(0, 3) == "[2,");
    CHECK(join.substr(comma, 7) == ",3,0,0,");
    at.world.say(at.ann, "[42," + join.substr(3, comma - 3) + "," + answer + "]");
    CHECK(at.ann.left.empty());
  }
  at.event(11);
  CHECK(at.ann.delivered == std::vector<std::string>{"11"});
  const std::size_t sent = at.ann.sent.size();
  at.world.say(at.ann, "[40,8]");  // of no room that it is in
  CHECK(at.ann.sent.size() == sent);
}

}  // namespace dialogue::client::testing
