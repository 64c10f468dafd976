// What the application sees of a wait that the server asked for: limits, and servers that are full or going.
#include <catch2/catch.hpp>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {
namespace {

constexpr std::uint64_t kWindowMs = 4'000;

/// Two publications in four seconds.
Definitions limited() {
  Definitions definitions = World::definitions();
  definitions.rate_limit_global = RateLimit{2, kWindowMs};
  return definitions;
}

}  // namespace

TEST_CASE("R-63 a wait for a limit is reported with its end, and waiting events are sent by then") {
  World world;
  Peer& ann = world.add("ann");
  world.restart_server(limited());
  world.pass(30'000);
  const RoomHandle chat = ann.join("chat");
  for (const char* payload : {"1", "2"}) ann.publish(chat, "message", payload);
  CHECK(ann.waits.empty());
  const std::uint64_t began = world.now();
  const Ticket third = ann.publish(chat, "message", "3");
  REQUIRE(ann.waits.size() == 1);
  CHECK(ann.waits[0].code == ErrorCode::rate_limited);
  CHECK(ann.waits[0].until > began);
  CHECK(ann.waits[0].until <= began + kWindowMs);
  CHECK_FALSE(ann.result(third).settled);
  world.pass(ann.waits[0].until - began);
  REQUIRE(ann.waits.size() == 2);
  CHECK(ann.waits[1].code == ErrorCode::ok);
  CHECK(ann.result(third).code == ErrorCode::ok);
  CHECK(ann.delivered == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("R-63 a join that a limit refuses is a wait, and comes by then") {
  World world;
  Peer& ann = world.add("ann");
  Definitions definitions = limited();
  definitions.client_limits.joins_per_second = 1;
  world.restart_server(definitions);
  world.pass(30'000);
  ann.join("chat");
  const std::uint64_t began = world.now();
  const RoomHandle game = ann.join("game-1");
  REQUIRE(ann.waits.size() == 1);
  CHECK(ann.waits[0].code == ErrorCode::rate_limited);
  world.pass(ann.waits[0].until - began);
  CHECK(ann.waits.back().code == ErrorCode::ok);
  CHECK(ann.numbers.at(game) != 0);
}

TEST_CASE("the longest of several waits is reported") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat"), game = ann.join("game-1");
  world.deafen(true);
  ann.publish(chat, "message", "1");
  ann.publish(game, "message", "1");
  const std::uint64_t began = world.now();
  const std::string number = std::to_string(static_cast<int>(ErrorCode::rate_limited));
  const auto nack = [&](RoomHandle room, const char* wait_ms) {
    const std::string joined = std::to_string(ann.numbers.at(room));
    world.say(ann, "[39," + joined + ",1," + number + "," + wait_ms + ",{}]");
  };
  nack(chat, "3000");
  nack(game, "1000");
  REQUIRE(ann.waits.size() == 1);
  CHECK(ann.waits[0].until == began + 3000);
}

TEST_CASE("a volatile event that a limit refuses is its caller's affair, and no wait") {
  World world;
  Peer& ann = world.add("ann");
  world.restart_server(limited());
  world.pass(30'000);
  const RoomHandle chat = ann.join("chat");
  for (const char* payload : {"1", "2"}) ann.publish(chat, "message", payload);
  CHECK(ann.result(ann.publish(chat, "typing", "1")).code == ErrorCode::rate_limited);
  CHECK(ann.waits.empty());
}

TEST_CASE("R-63 a full server's wait is reported while the client does not reconnect") {
  World world;
  Peer& ann = world.add("ann");
  const std::uint64_t began = world.now();
  world.say(ann, "[45,54,5000,{\"message\":\"The server accepts no more connections.\"}]");
  world.cut(ann, 1013);
  REQUIRE(ann.waits.size() == 1);
  CHECK(ann.waits[0].code == ErrorCode::server_full);
  CHECK(ann.waits[0].until >= began + 5000);
  CHECK(ann.core.state() == State::reconnecting);
  world.pass(4999);
  CHECK(ann.waits.size() == 1);
  world.pass(20'000);
  REQUIRE(ann.waits.size() == 2);
  CHECK(ann.waits[1].code == ErrorCode::ok);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("F-C21 a wait lasts though the page is woken, and is over with its time, or when the client is closed") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45,52,60000,{}]");
  world.cut(ann, 1012);
  REQUIRE(ann.waits.size() == 1);
  CHECK(ann.waits[0].code == ErrorCode::draining);
  ann.core.wake(world.now());
  world.settle();
  CHECK(ann.waits.size() == 1);
  world.pass(80'000);
  REQUIRE(ann.waits.size() == 2);
  CHECK(ann.waits[1].code == ErrorCode::ok);
  world.say(ann, "[45,52,60000,{}]");
  world.cut(ann, 1012);
  ann.close();
  REQUIRE(ann.waits.size() == 4);
  CHECK(ann.waits[3].code == ErrorCode::ok);
}

TEST_CASE("a connection that breaks silently or permanently does not report a wait") {
  World world;
  Peer& ann = world.add("ann");
  world.cut(ann);
  world.pass(30'000);
  world.say(ann, "[45,53,0,{}]");
  world.cut(ann, 4506);
  CHECK(ann.core.state() == State::closed);
  CHECK(ann.waits.empty());
}

TEST_CASE("R-63 a first join over the limit is late, not refused") {
  World world;
  Peer& ann = world.add("ann");
  Definitions definitions = World::definitions();
  definitions.client_limits.joins_per_second = 1;
  world.restart_server(definitions);
  world.pass(30'000);
  const RoomHandle chat = ann.join("chat"), game = ann.join("game-1");
  CHECK(ann.join_result(chat).settled);
  CHECK_FALSE(ann.join_result(game).settled);
  world.pass(6'000);
  CHECK(ann.join_result(game).settled);
  CHECK(ann.join_result(game).code == ErrorCode::ok);
}

TEST_CASE("F-G04 a first join that could not be decided is tried again until it is") {
  for (const ErrorCode why :
       {ErrorCode::hook_unavailable, ErrorCode::store_unavailable, ErrorCode::store_full, ErrorCode::internal}) {
    Hooks hooks;
    const auto verdict = std::make_shared<HookVerdict>(HookVerdict{why, {}, {}, {}});
    hooks.ask_join = [verdict](HookQuestion&&, const std::function<void(HookVerdict)>& done) { done(*verdict); };
    World world(hooks);
    Peer& ann = world.add("ann");
    const RoomHandle chat = ann.join("chat");
    world.pass(20'000);
    CHECK_FALSE(ann.join_result(chat).settled);
    REQUIRE_FALSE(ann.waits.empty());
    CHECK(ann.waits.front().code == why);
    *verdict = HookVerdict::deny("for staff");
    world.pass(6'000);
    CHECK(ann.join_result(chat).code == ErrorCode::denied_by_hook);
    *verdict = HookVerdict{why, {}, {}, {}};
    ann.join("chat");
    world.pass(6'000);
    *verdict = HookVerdict::allow();
    world.pass(6'000);
    CHECK(ann.join_result(chat).code == ErrorCode::ok);
  }
}

TEST_CASE("F-G04 a waiting join that is left is over immediately, and so is its reported wait") {
  Hooks hooks;
  hooks.ask_join = [](HookQuestion&&, const std::function<void(HookVerdict)>& done) {
    done(HookVerdict{ErrorCode::hook_unavailable, {}, {}, {}});
  };
  World world(hooks);
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  REQUIRE(ann.waits.size() == 1);
  ann.leave(chat);
  CHECK(ann.join_result(chat).code == ErrorCode::not_joined);
  REQUIRE(ann.waits.size() == 2);
  CHECK(ann.waits[1].code == ErrorCode::ok);
}

TEST_CASE("R-63 a publication that waits for a limit is over with its room's membership, and so is what the page shows of it") {
  World world;
  Peer& ann = world.add("ann");
  world.restart_server(limited());
  world.pass(30'000);
  const RoomHandle chat = ann.join("chat");
  for (const char* payload : {"1", "2"}) ann.publish(chat, "message", payload);
  const Ticket third = ann.publish(chat, "message", "3");
  REQUIRE(ann.waits.size() == 1);
  ann.leave(chat);
  CHECK(ann.result(third).code == ErrorCode::not_joined);
  REQUIRE(ann.waits.size() == 2);
  CHECK(ann.waits[1].code == ErrorCode::ok);
}

TEST_CASE("F-G04 a join that is left before it is answered rejects with not_joined, whatever the answer was") {
  Hooks hooks;
  const auto asked = std::make_shared<std::vector<std::function<void(HookVerdict)>>>();
  hooks.ask_join = [asked](HookQuestion&&, const std::function<void(HookVerdict)>& done) { asked->push_back(done); };
  World world(hooks);
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  REQUIRE(asked->size() == 1);
  ann.leave(chat);
  CHECK_FALSE(ann.join_result(chat).settled);
  asked->front()(HookVerdict{ErrorCode::hook_unavailable, {}, {}, {}});
  world.pass(1);
  CHECK(ann.join_result(chat).code == ErrorCode::not_joined);
  CHECK(ann.waits.empty());
}

TEST_CASE("F-J20 a BYE without a close is a wait, too, and what it asks for ends with a pause") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45,52,60000,{\"message\":\"x\"}]");
  SECTION("no close comes") {
    world.pass(5'000);
    REQUIRE(ann.waits.size() == 1);
    CHECK(ann.waits[0].code == ErrorCode::draining);
    CHECK(ann.opens == 1);
  }
  SECTION("the application disconnects, and connects again") {
    ann.core.pause();
    ann.core.start(world.now());
    world.settle();
    CHECK(ann.opens == 2);
    world.cut(ann);
    world.pass(kFirstRetryMaxMs);
    CHECK(ann.opens == 3);
  }
}

}  // namespace dialogue::client::testing
