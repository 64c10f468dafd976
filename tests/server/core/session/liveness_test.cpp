// Silence: HELLO that never comes, pings, and connections that are gone without a word.
#include "server/core/session/liveness.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("R-08 HELLO never sent ends the connection after ten seconds, whatever else is received") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client client = cluster.connect();
  cluster.advance(9'999);
  client.pong();
  CHECK(client.take().empty());
  cluster.advance(1);
  CHECK(client.take() == Frames{bye(ErrorCode::hello_timeout, "10000")});
  CHECK(client.close_code() == 4000);
}

TEST_CASE("a silent connection is pinged after 25 seconds, and again 25 seconds after its answer") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  cluster.advance(24'999);
  CHECK(ann.pings() == 0);
  cluster.advance(1);
  CHECK(ann.take() == Frames{frame({FrameType::ping, kStartUnixMs + 25'000})});
  CHECK(ann.pings() == 1);
  cluster.advance(5'000);
  ann.pong();
  cluster.advance(20'000 + kSweepIntervalMs);
  CHECK(ann.pings() == 2);
  ann.send("[11]");
  cluster.advance(8'000);
  CHECK(ann.close_code() == 0);
}

TEST_CASE("a client of a streamed response is sent a heartbeat each 15 seconds, and is dead when it shows no life") {
  Cluster cluster(1);
  PeerFacts peer;
  peer.transport = GENERATE(TransportKind::sse, TransportKind::stream);
  Client ann = cluster.connect(peer);
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  cluster.advance(15'000 + kSweepIntervalMs);
  CHECK(ann.pings() == 1);
  ann.pong();
  cluster.advance(15'000 + kSweepIntervalMs);
  CHECK(ann.pings() == 2);
  cluster.advance(8'000 + kSweepIntervalMs);
  CHECK(ann.close_code() == 4001);
}

TEST_CASE("a client's stream is pinged at the interval that WELCOME announced, and a push stream at its heartbeat") {
  const auto [transport, interval_ms] =
      GENERATE(table<TransportKind, std::uint64_t>({{TransportKind::stream, 5'000}, {TransportKind::sse, 15'000}}));
  auto config = test_config();
  config->limits.ping_interval_ms = 5'000;
  Cluster cluster(1, std::move(config));
  PeerFacts peer;
  peer.transport = transport;
  Client ann = cluster.connect(peer);
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  cluster.advance(interval_ms - 1);
  CHECK(ann.pings() == 0);
  cluster.advance(1 + kSweepIntervalMs);
  CHECK(ann.pings() == 1);
  for (std::size_t ping = 2; ping <= 5; ++ping) {
    ann.pong();
    cluster.advance(interval_ms + kSweepIntervalMs);
    CHECK(ann.pings() == ping);
  }
  CHECK(ann.close_code() == 0);
}

TEST_CASE("pings keep their interval if it is shorter than the time for their replies") {
  auto config = test_config();
  config->limits.ping_interval_ms = 1'000;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  for (std::size_t second = 1; second <= 5; ++second) {
    cluster.advance(1'000 + kSweepIntervalMs);
    CHECK(ann.pings() == second);
    ann.pong();
  }
}

TEST_CASE("a client that receives events but sends nothing is still pinged") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = bob.join("chat");
  ann.join("chat");
  for (int second = 0; second < 25; ++second) {
    bob.publish(chat.room, kNote, 1, "1");
    cluster.advance(1000);
  }
  CHECK(ann.pings() == 1);
}

TEST_CASE("a client that only sends PONG is still shown that the server lives") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  for (int second = 0; second < 26; ++second) {
    ann.send("[11]");
    cluster.advance(1000);
  }
  CHECK(ann.pings() == 1);
}

TEST_CASE("F-K03 a ping follows queued data: its time counts from when the peer last accepted a byte") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.join("chat");
  cluster.advance(25'000);
  REQUIRE(ann.pings() == 1);
  for (int seconds = 0; seconds < 60; ++seconds) {
    ann.backlog(200'000, 500);
    cluster.advance(1000);
  }
  CHECK(ann.close_code() == 0);
  ann.backlog(0, 0);
  cluster.advance(7'000);
  CHECK(ann.close_code() == 0);
  cluster.advance(1'200);
  CHECK(ann.close_code() == 4001);
}

TEST_CASE("R-09 a peer whose cable was pulled is removed within 35 seconds, and its rooms are notified") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cluster.advance(1000);
  ann.take();
  bob.send("[11]");  // the last that is heard of bob
  std::uint64_t waited_ms = 0;
  Frames told;
  while (waited_ms < 35'000 && told.empty()) {
    cluster.advance(500);
    waited_ms += 500;
    ann.send("[11]");
    for (const std::string& text : ann.take())
      if (begins(text, {FrameType::presence})) told.push_back(text);
  }
  CHECK(told == Frames{frame({FrameType::presence, chat.room, 3}, R"({"left":["bob"]})")});
  CHECK(waited_ms <= 35'000);
  CHECK(bob.take().back() == bye(ErrorCode::ping_timeout));
  CHECK(bob.close_code() == 4001);
  CHECK(ann.close_code() == 0);
}

TEST_CASE("without connections no deadline is waited for") {
  auto config = test_config();
  Shard shard(*config, 0, 1, 7);
  Actions actions;
  CHECK(shard.apply(TimerFired{}, {1000, kStartUnixMs}, actions).next_timer_ms == kNever);
  const ConnectionId id = shard.apply(ConnectionOpened{}, {1000, kStartUnixMs}, actions).opened;
  CHECK(shard.apply(TimerFired{}, {1000, kStartUnixMs}, actions).next_timer_ms == 11'000);
  shard.apply(ConnectionClosed{id}, {1001, kStartUnixMs}, actions);
  CHECK(shard.apply(TimerFired{}, {11'000, kStartUnixMs}, actions).next_timer_ms == kNever);
}

}  // namespace dialogue::testing
