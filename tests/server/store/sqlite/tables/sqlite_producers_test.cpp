// Producers as rows and news: whatever the news were folded at, what is known of a producer is the same.
#include "server/store/sqlite/tables/sqlite_producers.hpp"

#include <map>
#include <string>

#include "server/core/log/producer_table.hpp"
#include "server/core/util/seeded_random.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

struct ProducerWorld {
  explicit ProducerWorld(std::size_t bytes_max) : news_bytes_max(bytes_max), disk("producers") { open(); }

  void open() {
    store.reset();
    store = std::make_unique<SqliteLogStore>(kPath, SqliteOptions{disk.name(), 1, {}, news_bytes_max});
  }
  [[nodiscard]] RoomLogState state() { return ask_open(*store, kLobby).state; }
  [[nodiscard]] StoreStatus append(std::vector<ProducerDelta> producers) {
    RoomWrite write;
    write.key = kLobby;
    write.epoch = state().epoch;
    write.producers = std::move(producers);
    return ask_append(*store, write);
  }
  [[nodiscard]] LogTrimmed trim(std::uint64_t before_ms) {
    TrimLog trim = trim_of(kLobby, state().epoch);
    trim.producers_before_ms = before_ms;
    return ask_trim(*store, trim);
  }
  void run_sql(const std::string& sql) { SqliteDatabase(kPath, SqliteMode::write, disk.name()).run(sql); }
  [[nodiscard]] std::int64_t count(const std::string& rows) {
    return SqliteDatabase(kPath, SqliteMode::read_only, disk.name()).number("SELECT count(*) FROM " + rows);
  }
  [[nodiscard]] std::vector<std::string> keys() {
    std::vector<std::string> keys;
    for (const ProducerState& producer : state().producers) keys.push_back(producer.key);
    return keys;
  }

  std::size_t news_bytes_max;
  FaultVfs disk;
  std::unique_ptr<SqliteLogStore> store;
};

TEST_CASE("news that are folded soon, late or never come to the same, also after a start") {
  const std::size_t bytes_max = GENERATE(0, 1, 100, 1000, 100'000);
  ProducerWorld world(bytes_max);
  MemoryStore memory(1);
  ProducerTable table;
  SeededRandom random(bytes_max);
  for (std::uint64_t round = 1; round <= 60; ++round) {
    for (std::uint64_t together = random.below(40); together > 0; --together)
      table.record("p" + std::to_string(random.below(7)), {round, round, static_cast<PayloadHash>(round), ErrorCode::ok}, round);
    const std::vector<ProducerDelta> news = table.deltas();
    table.keep();
    RoomWrite write;
    write.key = kLobby;
    write.epoch = ask_open(memory, kLobby).state.epoch;
    write.producers = news;
    REQUIRE(ask_append(memory, write) == StoreStatus::ok);
    REQUIRE(world.append(news) == StoreStatus::ok);
    if (round % 7 == 0) world.open();
    REQUIRE(world.state().producers == ask_open(memory, kLobby).state.producers);
  }
  CHECK((world.count("news") == 0) == (bytes_max <= 1));
  CHECK((world.count("producer") == 0) == (bytes_max == 100'000));
}

TEST_CASE("F-K10 evictions among the news come to the same whenever they are folded") {
  const std::size_t bytes_max = GENERATE(0, 1, 100, 1000, 100'000);
  ProducerWorld world(bytes_max);
  MemoryStore memory(1);
  SeededRandom random(bytes_max);
  std::map<std::string, std::uint64_t> expected;
  for (std::uint64_t round = 1; round <= 100; ++round) {
    const std::string key = "p" + std::to_string(random.below(5));
    RoomWrite write;
    write.key = kLobby;
    write.epoch = ask_open(memory, kLobby).state.epoch;
    if (random.below(3) == 0) {
      expected.erase(key);
      write.producers = {{key, 1, {}, round}};
    } else {
      std::uint64_t& next = expected.try_emplace(key, 1 + random.below(3)).first->second;
      ++next;
      write.producers = {{key, next, {{round, round, static_cast<PayloadHash>(round), ErrorCode::ok}}, round}};
    }
    REQUIRE(ask_append(memory, write) == StoreStatus::ok);
    REQUIRE(world.append(write.producers) == StoreStatus::ok);
    if (round % 7 == 0) world.open();
    REQUIRE(world.state().producers == ask_open(memory, kLobby).state.producers);
    REQUIRE(world.keys().size() == expected.size());
  }
}

TEST_CASE("F-K01 the secret of a store is put once and stays, over starts; a damaged one says so and is replaced") {
  ProducerWorld world(0);
  const auto propose = [&world](const std::string& secret, bool replaces) {
    KeptChange change{KeptKind::secret, {}, secret};
    if (!replaces) change.expected_version = 0;
    return ask_put(*world.store, {{change}});
  };
  const auto kept = [&world] { return ask_list(*world.store, {KeptKind::secret}).entries.at(0); };
  CHECK(propose(std::string("first\0", 6), false) == StoreStatus::ok);
  CHECK(propose("second", false) == StoreStatus::stale);
  CHECK(kept().value == std::string("first\0", 6));
  world.open();
  CHECK(propose("third", false) == StoreStatus::stale);
  CHECK(kept().value == std::string("first\0", 6));
  world.store.reset();
  world.run_sql("UPDATE kept SET value = x'00'");
  world.open();
  CHECK((kept().is_damaged && kept().value.empty()));
  CHECK(propose("fourth", true) == StoreStatus::ok);
  CHECK(propose("fifth", false) == StoreStatus::stale);
  CHECK(kept().value == "fourth");
}

TEST_CASE("a room's news are folded above their bound, all at once, and no other room's") {
  ProducerWorld world(1000);
  RoomWrite other;
  other.key = {"", "other"};
  other.epoch = ask_open(*world.store, other.key).state.epoch;
  other.producers = {all_of(producer_of("eve", 1, 1))};
  REQUIRE(ask_append(*world.store, other) == StoreStatus::ok);
  std::int64_t most = 0;
  for (std::uint64_t number = 1; world.count("producer") == 0; ++number) {
    REQUIRE(world.append({delta_of(producer_of("ada", number % 32 + 1, number), 1)}) == StoreStatus::ok);
    most = std::max(most, world.count("news"));
    REQUIRE(number < 1000);
  }
  CHECK(most > 20);
  CHECK(world.count("news") == 1);
  CHECK(ask_open(*world.store, other.key).state.producers == std::vector<ProducerState>{producer_of("eve", 1, 1)});
}

TEST_CASE("whose row is old but whose news are not stays; whose only news are old goes") {
  ProducerWorld world(500);
  REQUIRE(world.append({all_of(producer_of("ada", 1, 100)), all_of(producer_of("bob", 1, 100)),
                        all_of(producer_of("eve", 32, 100)), all_of(producer_of("fay", 32, 100)),
                        all_of(producer_of("gus", 32, 100)), all_of(producer_of("hal", 32, 100))}) == StoreStatus::ok);
  REQUIRE(world.count("news") == 0);  // folded
  REQUIRE(world.append({all_of(producer_of("dan", 1, 200))}) == StoreStatus::ok);
  REQUIRE(world.append({delta_of(producer_of("ada", 2, 900), 1)}) == StoreStatus::ok);
  const TrimLog everything = [&] {
    TrimLog trim = trim_of(kLobby, world.state().epoch);
    trim.before_ms = 1'000'000;
    return trim;
  }();
  while (ask_trim(*world.store, everything).more) continue;
  CHECK(world.count("news") == 2);
  while (world.trim(50).more) continue;
  CHECK(world.count("news") == 2);  // nobody is so old
  RoomWrite base;
  base.key = kLobby;
  base.epoch = world.state().epoch;
  base.records.push_back(record_at(1));
  base.base = 2;
  REQUIRE(ask_append(*world.store, base) == StoreStatus::ok);
  while (world.trim(500).more) continue;
  CHECK(world.keys() == std::vector<std::string>{"ada", "eve", "fay", "gus", "hal"});  // the others' events are to come
  CHECK(world.state().producers.front() == producer_of("ada", 2, 900));
  CHECK(world.count("news") == 0);
}

TEST_CASE("news that are damaged, missing or moved are found, and other rooms are well") {
  const char* change =
      GENERATE("UPDATE news SET bytes = zeroblob(length(bytes))", "DELETE FROM news", "UPDATE news SET number = number + 1",
               "UPDATE news SET bytes = bytes || x'00'", "UPDATE news SET checksum = checksum + 1");
  INFO(change);
  ProducerWorld world(1000);
  REQUIRE(world.append({all_of(producer_of("ada", 3, 100))}) == StoreStatus::ok);
  world.store.reset();
  world.run_sql(change);
  world.open();
  CHECK(ask_open(*world.store, kLobby).status == StoreStatus::damaged);
  CHECK(ask_open(*world.store, {"", "other"}).status == StoreStatus::ok);
}

TEST_CASE("a room that is damaged where its new records are folded is refused, and the other rooms of the write are kept") {
  ProducerWorld world(300);
  REQUIRE(world.append({all_of(producer_of("ada", 20, 100))}) == StoreStatus::ok);
  const std::uint64_t epoch = world.state().epoch;
  world.store.reset();
  world.run_sql("UPDATE news SET checksum = checksum + 1");
  world.open();
  RoomWrite lobby, other;
  lobby.key = kLobby;
  lobby.epoch = epoch;
  lobby.producers = {all_of(producer_of("ada", 32, 100))};
  other.key = {"", "other"};
  other.epoch = ask_open(*world.store, other.key).state.epoch;
  other.producers = lobby.producers;
  CHECK(ask_append_all(*world.store, {lobby, other}) == std::vector{StoreStatus::damaged, StoreStatus::ok});
  CHECK(ask_open(*world.store, other.key).state.producers == std::vector<ProducerState>{producer_of("ada", 32, 100)});
}

}  // namespace
}  // namespace dialogue::testing
