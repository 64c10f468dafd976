// Subscriptions and lists: every request is answered once, through reconnections too.
#include <catch2/catch.hpp>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

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

TEST_CASE("requests that lost their answer are asked again") {
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
  world.post(Mail{DeleteRoom{"game-1", {}}});
  CHECK(ann.result(asking).code == ErrorCode::room_deleted);
}

TEST_CASE("R-24 answers to requests that nobody made change nothing") {
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

}  // namespace dialogue::client::testing
