// What retention leaves of a log: by count, by age, and by each event's delivery policy.
#include "server/core/owner/retention_sweeper.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// note keeps the newest per "id", game.move three for a minute.
std::unique_ptr<ShardConfig> config_retaining(Retention retention) {
  auto config = test_config();
  for (EventDefinition& event : config->definitions.events) {
    if (event.name == "note") {
      event.delivery = Delivery::latest;
      event.latest_key = "id";
    }
    if (event.name == "game.move") {
      event.delivery = Delivery::window;
      event.window_events = 3;
      event.window_age_ms = 60'000;
    }
  }
  for (RoomDefinition& room : config->definitions.rooms) {
    room.retention = retention;
    room.events = {"game.move", "message", "note", "typing"};
  }
  return config;
}

std::string kept(Cluster& cluster) {
  std::string text;
  cluster.ask(HistoryQuery{"chat", 0, kSafeIntegerMax, 1000, false}, [&text](const HistoryQuery::Result& result) {
    for (const LogRecord& record : result.records) text += std::to_string(record.seq) + ":" + record.payload + " ";
  });
  return text;
}

void publish(Cluster& cluster, std::string_view event, std::string_view payload) {
  cluster.post(ServerPublish{"chat", std::string(event), std::string(payload), "system"});
}

}  // namespace

TEST_CASE("of a latest event the newest per key stays, whatever way the key is written") {
  Cluster cluster(1, config_retaining({100, std::nullopt}));
  publish(cluster, "note", R"({"id":"a","v":1})");
  publish(cluster, "note", R"({"id":"b","v":2})");
  publish(cluster, "note", R"({"v":3,"id":"\u0061"})");
  publish(cluster, "note", R"({"id":1})");
  publish(cluster, "note", R"([])");
  publish(cluster, "note", R"({"no":"id"})");
  CHECK(kept(cluster) == R"(2:{"id":"b","v":2} 3:{"v":3,"id":"\u0061"} 4:{"id":1} 6:{"no":"id"} )");
}

TEST_CASE("a window has a maximum number and age, and does not affect the others") {
  Cluster cluster(1, config_retaining({100, std::nullopt}));
  publish(cluster, "message", R"({"text":"m"})");
  for (const char* move : {"1", "2", "3", "4"}) publish(cluster, "game.move", move);
  CHECK(kept(cluster) == R"(1:{"text":"m"} 3:2 4:3 5:4 )");
  cluster.advance(90'000);
  CHECK(kept(cluster) == R"(1:{"text":"m"} )");
}

TEST_CASE("a room has a maximum number and age of events; earlier positions are trimmed, not wrong") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_retaining({3, 60'000}));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (int i = 0; i < 5; ++i) publish(cluster, "message", R"({"text":"m"})");
  CHECK(kept(cluster).substr(0, 2) == "3:");
  ann.send(frame({FrameType::leave, 1, chat.room}));
  cluster.advance(90'000);
  CHECK(kept(cluster).empty());
  Client bob = cluster.greeted("bob");
  bob.send(frame({FrameType::join, 1, 2, chat.epoch, 4}, "\"chat\",{}"));
  const std::string joined = bob.only();
  CHECK(begins(joined, {FrameType::joined, 1, chat.room, chat.epoch, 6, 5, 0}));
  CHECK(joined.find(R"("reason":"trimmed")") != std::string::npos);
}

TEST_CASE("rooms that were opened at one moment are not all trimmed at one moment") {
  auto config = config_retaining({std::nullopt, 60'000});
  config->has_durable_store = true;
  Cluster cluster(1, std::move(config));
  constexpr std::size_t kRooms = 200;
  for (std::size_t i = 0; i < kRooms; ++i)
    cluster.post(ServerPublish{"game-" + std::to_string(i), "message", R"({"text":"m"})", "system"});
  cluster.advance(1000);  // to the moment of the first look
  CHECK(cluster.store().trims > 0);
  CHECK(cluster.store().trims < kRooms / 2);
  cluster.advance(10);
  CHECK(cluster.store().trims == kRooms);
  cluster.advance(5'000);
  CHECK(cluster.store().trims == kRooms);
}

TEST_CASE("a room that was empty for long is trimmed once it has something that is old") {
  Cluster cluster(1, config_retaining({std::nullopt, 60'000}));
  Client ann = cluster.greeted("ann");
  ann.join("chat");
  for (int minute = 0; minute < 30; ++minute) {
    cluster.advance(60'000);
    ann.pong();
  }
  publish(cluster, "message", R"({"text":"m"})");
  cluster.advance(50'000);
  CHECK_FALSE(kept(cluster).empty());
  cluster.advance(20'000);
  CHECK(kept(cluster).empty());
}

TEST_CASE("producers are remembered for a day, and while their events are there") {
  auto config = config_retaining({100, std::nullopt});
  Cluster cluster(1, std::move(config));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, R"({"text":"m"})");
  ann.take();
  for (int hour = 0; hour < 30; ++hour) {
    cluster.advance(3'600'000);
    ann.pong();
  }
  Client again = cluster.producer("ann");
  const Joined same = again.join("chat");
  again.publish(same.room, kMessage, 1, R"({"text":"m"})");
  CHECK(begins(again.only(), {FrameType::ack, chat.room, 1, chat.epoch, 1}));  // a duplicate still
}

TEST_CASE("R-77 the clock of retention does not jump, and does not go back") {
  SteadyUnixClock clock;
  CHECK(clock.advance({1000, kStartUnixMs}) == kStartUnixMs);
  CHECK(clock.advance({2000, kStartUnixMs + 1000}) == kStartUnixMs + 1000);
  const std::uint64_t year_ms = 31'536'000'000;
  CHECK(clock.advance({3000, kStartUnixMs + year_ms}) == kStartUnixMs + 2000 + 10'000);
  CHECK(clock.advance({4000, kStartUnixMs}) == kStartUnixMs + 3000 + 10'000);
}

TEST_CASE("F-K05 the clock is in doubt before it has run, until a log shows when it was used, and while it catches up") {
  SteadyUnixClock clock;
  clock.advance({1000, kStartUnixMs});
  CHECK(clock.doubt().sure_ms == kStartUnixMs);
  CHECK(clock.learnt_from_ms() == kStartUnixMs - 300'000);
  clock.saw(kStartUnixMs + 7);
  CHECK(clock.doubt().sure_ms == kStartUnixMs);
  clock.saw(kStartUnixMs - 200'000);
  clock.saw(kStartUnixMs - 100'000);
  CHECK(clock.doubt().sure_ms == kStartUnixMs - 200'000);
  clock.advance({2000, kStartUnixMs + 61'000});
  CHECK(clock.doubt().jumped_ms == 0);
  clock.advance({3000, kStartUnixMs + 161'000});
  CHECK(clock.doubt().jumped_ms == clock.unix_ms());
}

TEST_CASE("R-77 a wall clock that jumps a year ahead does not empty a log, one that jumps back does not stop retention") {
  Cluster cluster(1, config_retaining({std::nullopt, 600'000}));
  publish(cluster, "message", R"({"text":"m"})");
  cluster.advance(1000);
  cluster.set_unix(kStartUnixMs + 31'536'000'000);
  cluster.advance(20'000);
  CHECK_FALSE(kept(cluster).empty());
  cluster.set_unix(kStartUnixMs - 86'400'000);
  cluster.advance(1'200'000);
  CHECK(kept(cluster).empty());
}

TEST_CASE("R-77 a wall clock that jumps back by days does not forget recent producers") {
  Cluster cluster(1, config_retaining({std::nullopt, 600'000}));
  std::vector<std::uint64_t> sequences;
  const auto publish_as_producer = [&] {
    const auto done = [&sequences](const PublishResult& result) { sequences.push_back(result.position.seq); };
    const std::string payload = R"({"text":"m"})";
    cluster.ask(ServerPublish{"chat", "message", payload, "system", std::make_shared<const std::string>("p"), 1,
                              payload_hash("message", payload), true},
                done);
  };
  publish(cluster, "message", R"({"text":"first"})");
  cluster.advance(1000);
  cluster.set_unix(kStartUnixMs - 3 * 86'400'000ULL);
  publish_as_producer();
  cluster.advance(3'600'000);
  REQUIRE(kept(cluster).empty());
  publish_as_producer();
  CHECK(sequences == std::vector<std::uint64_t>{2, 2});
}

}  // namespace dialogue::testing
