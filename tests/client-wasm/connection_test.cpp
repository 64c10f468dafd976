// Connections that begin, end and come back: both machines driven against each other.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "client-wasm/core/error_traits.hpp"
#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

using namespace core;

TEST_CASE("a client sends HELLO and is connected by WELCOME") {
  World world;
  const Peer& ann = world.add("ann");
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.states == std::vector{State::connected});
  REQUIRE(ann.sent.size() == 1);
  CHECK(ann.sent[0].rfind("[1,1,0,", 0) == 0);
}

TEST_CASE("JOIN follows HELLO without waiting for WELCOME") {
  World world;
  world.refuse_sockets(true);
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  CHECK_FALSE(ann.join_result(chat).settled);
  world.refuse_sockets(false);
  world.pass(30'000);
  REQUIRE(ann.sent.size() == 2);
  CHECK(ann.sent[1] == "[2,2,0,0,0,\"chat\",{}]");
  CHECK(ann.join_result(chat).code == ErrorCode::ok);
}

TEST_CASE("a lost connection is reopened within a second and its rooms are joined again from their positions") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle chat = ann.join("chat");
  const RoomHandle bobs = bob.join("chat");
  world.pass(100'000);
  bob.publish(bobs, "message", "1");
  world.cut(ann);
  CHECK(ann.core.state() == State::reconnecting);
  world.pass(kFirstRetryMaxMs);
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.gaps.empty());
  bob.publish(bobs, "message", "2");
  CHECK(ann.delivered == std::vector<std::string>{"1", "2"});
  CHECK(ann.core.position(chat).sequence == 2);
}

TEST_CASE("R-106 an hour without a server: full jitter up to 20 s, and never giving up") {
  World world;
  Peer& ann = world.add("ann");
  world.refuse_sockets(true);
  world.cut(ann);
  const std::size_t before = ann.opens;
  world.pass(3'600'000);
  const std::size_t attempts = ann.opens - before;
  // Delays are uniform up to 20 s, so there are about 360 of them in an hour.
  CHECK(attempts > 250);
  CHECK(attempts < 500);
  world.refuse_sockets(false);
  world.pass(20'000);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("R-106 a server that greets and hangs up is not contacted in a tight loop") {
  World world;
  Peer& ann = world.add("ann");
  for (int i = 0; i < 20; ++i) {
    world.cut(ann);
    world.pass(20'000);
  }
  const std::size_t before = ann.opens;
  world.cut(ann);
  world.pass(0);
  CHECK(ann.opens == before);
  world.pass(100'000);  // a connection that stood for a minute ends the backoff
  world.cut(ann);
  world.pass(kFirstRetryMaxMs);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("a move counts as no failure: a loss after any number of moves is followed by a first attempt") {
  World world;
  Peer& ann = world.add("ann");
  for (int i = 0; i < 20; ++i) {
    world.cut(ann, kMovedCloseCode);
    ann.core.wake(world.now());
    world.pass(24'000);  // less than ends the backoff
    REQUIRE(ann.core.state() == State::connected);
  }
  world.cut(ann);
  world.pass(kFirstRetryMaxMs);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("a terminal close code ends the client and settles all that waits") {
  const std::uint16_t code = GENERATE(std::uint16_t{1002}, std::uint16_t{1003}, std::uint16_t{1007}, std::uint16_t{1008},
                                      std::uint16_t{1009}, std::uint16_t{4500}, std::uint16_t{4999});
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  const Ticket sent = ann.publish(chat, "message", "1");
  const Ticket asked = ann.list();
  world.cut(ann, code);
  CHECK(ann.core.state() == State::closed);
  CHECK(ann.result(sent).code == ErrorCode::outcome_unknown);
  CHECK(ann.result(asked).settled);
  CHECK(ann.faults.size() == 1);
  world.pass(3'600'000);
  CHECK(ann.opens == 1);
  CHECK(ann.result(ann.publish(chat, "message", "2")).settled);
  CHECK(ann.join_result(ann.join("small")).code != ErrorCode::ok);
}

TEST_CASE("other close codes lead to a reconnect") {
  const std::uint16_t code =
      GENERATE(std::uint16_t{0}, std::uint16_t{1000}, std::uint16_t{1001}, std::uint16_t{1006}, std::uint16_t{1011},
               std::uint16_t{1012}, std::uint16_t{1013}, std::uint16_t{4000}, std::uint16_t{4499});
  World world;
  Peer& ann = world.add("ann");
  world.cut(ann, code);
  world.pass(kFirstRetryMaxMs);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("a draining server assigns the time of the reconnect, and the client keeps it") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45,52,5000,{\"message\":\"x\"}]");
  world.cut(ann, 1012);
  world.pass(4'999);
  CHECK(ann.opens == 1);
  world.pass(1);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("a draining server loses no client") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.drain(2'000);
  CHECK(ann.core.state() == State::reconnecting);
  world.restart_server();
  world.pass(10'000);
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.result(ann.publish(chat, "message", "1")).code == ErrorCode::ok);
}

TEST_CASE("a refused identity is final, and the code is the reason") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45,60,0,{\"message\":\"x\"}]");
  world.cut(ann, 1006);
  CHECK(ann.core.state() == State::closed);
  CHECK(ann.faults == std::vector{ErrorCode::unauthorized});
  CHECK(ann.join_result(ann.join("chat")).code == ErrorCode::unauthorized);
}

TEST_CASE("a close that does not follow BYE is not waited for longer than five seconds") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45,52,0,{\"message\":\"x\"}]");
  world.pass(4'999);
  CHECK(ann.core.state() == State::connected);
  world.pass(2'000);
  CHECK(ann.opens == 2);
}

TEST_CASE("a quiet server is alive as long as it pings") {
  World world;
  const Peer& ann = world.add("ann");
  world.pass(3'600'000);
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.opens == 1);
}

TEST_CASE("R-09 a silent server counts as lost after the ping interval and eight seconds") {
  World world;
  const Peer& ann = world.add("ann");
  world.mute(true);
  world.pass(kPingIntervalMs + kPingReplyTimeoutMs - 1);
  CHECK(ann.core.state() == State::connected);
  world.pass(1);
  CHECK(ann.core.state() == State::reconnecting);
  world.mute(false);
  world.pass(60'000);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("a connection without a WELCOME is closed after a time") {
  World world;
  world.mute(true);
  const Peer& ann = world.add("ann");
  world.pass(kConnectTimeoutMs - 1);
  CHECK(ann.opens == 1);
  world.pass(1'000);
  CHECK(ann.opens == 2);
  CHECK(ann.core.state() == State::connecting);
}

TEST_CASE("R-102 a frozen tab whose connection survived recovers without sending anything") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  ann.join("chat");
  const RoomHandle bobs = bob.join("chat");
  world.freeze(3'600'000);
  ann.states.clear();
  world.pass(60'000);
  CHECK(ann.states.empty());
  CHECK(ann.opens == 1);
  bob.publish(bobs, "message", "1");
  CHECK(ann.delivered == std::vector<std::string>{"1"});
}

TEST_CASE("R-102 a frozen tab pings the server once, and reconnects once without an answer") {
  World world;
  Peer& ann = world.add("ann");
  world.mute(true);
  world.freeze(3'600'000);
  const std::size_t sent = ann.sent.size();
  world.pass(0);
  CHECK(ann.sent.size() == sent + 1);  // the probe
  CHECK(ann.core.state() == State::connected);
  world.mute(false);
  world.deafen(true);
  world.pass(kWakeReplyMs);
  CHECK(ann.core.state() == State::reconnecting);
  world.pass(kFirstRetryMaxMs);
  CHECK(ann.opens == 2);
  CHECK(ann.sent.size() == sent + 2);  // and HELLO
}

TEST_CASE("R-102 where the clock has jumped over a connection that died, another one is opened within a second") {
  World world;
  Peer& ann = world.add("ann");
  world.mute(true);
  world.freeze(100'000);
  world.pass(0);
  world.mute(false);
  world.deafen(true);
  world.pass(999);
  CHECK(ann.opens == 2);
}

TEST_CASE("R-102 a probe that is answered keeps the connection") {
  World world;
  Peer& ann = world.add("ann");
  world.mute(true);
  world.freeze(100'000);
  world.mute(false);
  world.pass(60'000);
  CHECK(ann.opens == 1);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("the network's return ends a wait immediately") {
  World world;
  Peer& ann = world.add("ann");
  world.refuse_sockets(true);
  world.cut(ann);
  world.pass(60'000);
  world.refuse_sockets(false);
  const std::size_t before = ann.opens;
  ann.core.wake(world.now());
  world.settle();
  CHECK(ann.opens == before + 1);
  CHECK(ann.core.state() == State::connected);
}

TEST_CASE("F-C21 clients that lose their server simultaneously reconnect spread over a second") {
  constexpr std::uint64_t kClients = 200, kParts = 4, kLeastInPart = 20;
  std::array<std::uint64_t, kParts> came{};
  for (std::uint64_t seed = 1; seed <= kClients; ++seed) {
    Connection connection(seed);
    REQUIRE(connection.start(0) == Connection::Step::open);
    connection.opened();
    connection.welcomed(kPingIntervalMs, 0);
    connection.lost(1006, kStableConnectionMs);
    const std::uint64_t wait = connection.deadline() - kStableConnectionMs;
    REQUIRE(wait <= kFirstRetryMaxMs);
    ++came[std::min(wait * kParts / kFirstRetryMaxMs, kParts - 1)];
  }
  for (const std::uint64_t count : came) CHECK(count >= kLeastInPart);
}

TEST_CASE("F-C21 a client reconnects at the time that the server assigned") {
  Connection connection(1);
  REQUIRE(connection.start(0) == Connection::Step::open);
  connection.opened();
  connection.welcomed(kPingIntervalMs, 0);
  const std::uint64_t retry_after = GENERATE(0U, 1U, 5'000U);
  connection.said_bye(number(ErrorCode::draining), retry_after, kStableConnectionMs);
  connection.lost(1012, kStableConnectionMs);
  CHECK(connection.deadline() == kStableConnectionMs + retry_after);
}

TEST_CASE("an assigned reconnect time is kept exactly, and holds for one attempt") {
  Connection connection(1);
  REQUIRE(connection.start(0) == Connection::Step::open);
  connection.opened();
  connection.welcomed(kPingIntervalMs, 0);
  connection.said_bye(number(ErrorCode::draining), 7'345, 1'000);  // in its first minute, too
  connection.lost(1012, 1'010);
  CHECK(connection.tick(8'354) == Connection::Step::nothing);
  CHECK(connection.tick(8'355) == Connection::Step::open);
  connection.lost(0, 8'356);  // the server is not there yet
  CHECK(connection.deadline() <= 8'356 + kReconnectDelayMinMs);
}

TEST_CASE("F-C21 the wait that a server requests is the minimum, whatever wakes the client") {
  World world;
  Peer& ann = world.add("ann");
  world.say(ann, "[45," + std::to_string(static_cast<int>(ErrorCode::server_full)) + ",60000,{}]");
  world.cut(ann);
  const std::size_t before = ann.opens;
  for (int i = 0; i < 5; ++i) {
    ann.core.wake(world.now());
    world.settle();
    world.pass(10'000);
  }
  ann.core.pause();
  ann.core.start(world.now());
  world.settle();
  CHECK(ann.opens == before);
  world.pass(30'000);
  CHECK(ann.opens == before + 1);
}

TEST_CASE("F-C05 a connection that died while the page slept is noticed within a second of a wake, and replaced") {
  World world;
  Peer& ann = world.add("ann");
  world.mute(true);
  ann.core.wake(world.now());
  world.settle();
  world.pass(kWakeReplyMs - 1);
  CHECK(ann.core.state() == State::connected);
  world.pass(1);
  CHECK(ann.core.state() == State::reconnecting);
  world.pass(0);
  CHECK(ann.opens == 2);
}

TEST_CASE("F-C05 a paused client has no connection until it starts again, and then rejoins its rooms") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  ann.core.pause();
  world.settle();
  CHECK(ann.core.state() == State::reconnecting);
  CHECK(ann.core.deadline() == kNever);
  const Ticket waiting = ann.publish(chat, "message", "1");
  world.pass(3'600'000);
  CHECK(ann.opens == 1);
  ann.core.wake(world.now());
  world.settle();
  CHECK(ann.opens == 1);
  ann.core.start(world.now());
  world.settle();
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.result(waiting).code == ErrorCode::ok);
}

TEST_CASE("R-105 a clock that goes back stops time harmlessly") {
  Client client(1);
  client.start(1'000'000);
  const Action* const action = client.next();
  REQUIRE(action != nullptr);
  CHECK(action->kind == ActionKind::open);
  client.lost(0, 500'000);
  const std::uint64_t due = client.deadline();
  CHECK(due >= 500'000);
  CHECK(due <= 500'000 + kReconnectDelayMinMs);
}

TEST_CASE("close settles everything, and nothing happens afterwards") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  const std::vector<Ticket> tickets = {ann.publish(chat, "message", "1"), ann.list(), ann.leave(ann.join("small")),
                                       ann.subscribe(chat, FrameType::subscribe, "note")};
  ann.close();
  for (const Ticket ticket : tickets) CHECK(ann.result(ticket).settled);
  CHECK(ann.result(tickets[0]).code == ErrorCode::closed);
  CHECK(ann.core.state() == State::closed);
  CHECK(ann.left.at(chat) == ErrorCode::closed);
  world.deafen(false);
  world.pass(100'000);
  CHECK(ann.opens == 1);
  CHECK(ann.core.deadline() == kNever);
  CHECK(ann.result(ann.list()).code == ErrorCode::closed);
}

}  // namespace dialogue::client::testing
