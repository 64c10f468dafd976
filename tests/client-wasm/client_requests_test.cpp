// Subscriptions and lists: every request is answered once, through reconnections too.
#include <catch2/catch.hpp>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

using namespace core;

TEST_CASE("subscriptions and lists are answered") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  CHECK(ann.result(ann.subscribe(chat, FrameType::unsubscribe, "message")).code == ErrorCode::ok);
  ann.publish(chat, "message", "1");
  CHECK(ann.delivered.empty());
  CHECK(ann.result(ann.subscribe(chat, FrameType::subscribe, "")).code == ErrorCode::ok);
  ann.publish(chat, "message", "2");
  CHECK(ann.delivered.size() == 1);
  CHECK(ann.gaps.empty());
  CHECK(ann.result(ann.list()).code == ErrorCode::ok);
}

TEST_CASE("requests wait through a reconnection") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  const Ticket listing = ann.list();
  const Ticket subscribing = ann.subscribe(chat, FrameType::subscribe, "message");
  world.pass(100'000);
  CHECK_FALSE(ann.result(listing).settled);
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.result(listing).code == ErrorCode::ok);
  CHECK(ann.result(subscribing).code == ErrorCode::ok);
}

TEST_CASE("requests that lost their answer are sent again") {
  World world;
  Peer& ann = world.add("ann");
  world.mute(true);
  const Ticket listing = ann.list();
  world.mute(false);
  world.cut(ann);
  CHECK_FALSE(ann.result(listing).settled);
  world.pass(10'000);
  CHECK(ann.result(listing).code == ErrorCode::ok);
}

TEST_CASE("a subscription outside a membership is refused, and one in a room that ends is settled") {
  World world;
  Peer& ann = world.add("ann");
  CHECK(ann.result(ann.subscribe(ann.handle("chat"), FrameType::subscribe, "message")).code == ErrorCode::not_joined);
  const RoomHandle game = ann.join("game-1");
  world.deafen(true);
  const Ticket asking = ann.subscribe(game, FrameType::subscribe, "message");
  world.post(ShardMessage{DeleteRoom{"game-1", {}}});
  CHECK(ann.result(asking).code == ErrorCode::room_deleted);
}

TEST_CASE("R-24 answers without a request change nothing") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  const std::size_t before = ann.settlements;
  for (const char* frame : {"[42,0,0,{}]", "[42,77,0,{}]", "[42,9007199254740991,60,{}]", "[38,7,1,1,1,1,0]", "[35,5,77,0]",
                            "[39,77,1,75,0,{}]", "[43,77,1,{}]", "[37,77,1,2]"})
    world.say(ann, frame);
  CHECK(ann.settlements == before);
  CHECK(ann.faults.empty());
  CHECK(ann.result(ann.publish(chat, "message", "1")).code == ErrorCode::ok);
}

TEST_CASE("a page of history is requested in either direction, and again after a reconnection") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  ann.sent.clear();
  const Ticket newest = ann.history(chat, kSafeIntegerMax, 100);
  const Ticket oldest = ann.history(chat, 1, 50, true);
  REQUIRE(ann.sent.size() == 2);
  const std::string head = "[7," + std::to_string(newest) + ",";
  CHECK(ann.sent[0].rfind(head, 0) == 0);
  CHECK(ann.sent[0].find(",9007199254740991,100,0]") != std::string::npos);
  CHECK(ann.sent[1].find(",1,50,1]") != std::string::npos);
  world.say(ann, "[42," + std::to_string(oldest) + ",0,{}]");
  CHECK(ann.result(oldest).code == ErrorCode::ok);
  world.cut(ann);
  ann.sent.clear();
  while (ann.sent.size() < 2) world.pass(100);
  world.say(ann, "[33,1,0,0,25000,0,0,{}]");
  world.say(ann, "[34," + ann.sent.back().substr(3, ann.sent.back().find(',', 3) - 3) + ",7,99,1,4,1,{\"roomId\":\"chat\"}]");
  CHECK(ann.sent.back().rfind(head, 0) == 0);
  world.say(ann, "[42," + std::to_string(newest) + ",61,{\"message\":\"no\"}]");
  CHECK(ann.result(newest).code == ErrorCode::forbidden);
  CHECK(ann.core.pending() == 0);
}

TEST_CASE("history outside a membership is refused") {
  World world;
  Peer& ann = world.add("ann");
  CHECK(ann.result(ann.history(ann.handle("chat"), 1, 1)).code == ErrorCode::not_joined);
}

TEST_CASE("a permission is requested without a membership, and again after a lost answer") {
  World world;
  Peer& ann = world.add("ann");
  const std::string question = R"({"right":"join","room":"chat"})";
  CHECK(ann.result(ann.can(question)).code == ErrorCode::ok);
  world.mute(true);
  const Ticket asking = ann.can(question);
  world.mute(false);
  world.cut(ann);
  CHECK_FALSE(ann.result(asking).settled);
  world.pass(10'000);
  CHECK(ann.result(asking).code == ErrorCode::ok);
  CHECK(ann.sent.back() == "[12," + std::to_string(asking) + "," + question + "]");
  ann.close();
  CHECK(ann.result(ann.can(question)).code == ErrorCode::closed);
}

TEST_CASE("an event for the user is delivered without a room") {
  World world;
  Peer& ann = world.add("ann");
  SendEvent letter;
  letter.user_id = "ann";
  letter.event = "note";
  letter.payload = "1";
  world.post(ShardMessage{SendEvent(letter)});
  CHECK(ann.delivered == std::vector<std::string>{"1"});
  const RoomHandle chat = ann.join("chat");
  world.post(ShardMessage{std::move(letter)});
  CHECK(ann.delivered.size() == 2);
  CHECK(ann.core.position(chat).sequence == 0);
  CHECK(ann.faults.empty());
  ann.close();
  CHECK(ann.delivered.size() == 2);
}

}  // namespace dialogue::client::testing
