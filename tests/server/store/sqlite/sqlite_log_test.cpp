// What is SQLite's own: how rows go in bounded steps, how long a room is remembered, how large the WAL becomes.
#include "server/store/sqlite/sqlite_log.hpp"

#include <thread>

#include "server/store/factory/open_store.hpp"
#include "server/store/sqlite/sqlite_store.hpp"
#include "server/store/sqlite/tables/sqlite_schema.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Catch::Matchers::Contains;

struct LogWorld {
  LogWorld() : disk("world"), store(kPath, {disk.name(), 1, {}}) {}
  std::int64_t count(const std::string& from) {
    SqliteDatabase database(kPath, SqliteMode::read_only, disk.name());
    return database.number("SELECT count(*) FROM " + from);
  }
  std::uint64_t epoch(const RoomKey& key = kLobby) { return ask_open(store, key).state.epoch; }
  StoreStatus append(std::uint64_t first, std::uint64_t last, std::uint64_t base = 1) {
    RoomWrite write = write_of(kLobby, epoch(), first, last);
    write.base = base;
    return ask_append(store, write);
  }

  FaultVfs disk;
  SqliteLogStore store;
};

TEST_CASE("R-58 rows below the base go in bounded steps, a little faster than rows come") {
  LogWorld world;
  REQUIRE(world.append(1, 5000) == StoreStatus::ok);
  REQUIRE(world.append(5001, 5001, 4000) == StoreStatus::ok);
  CHECK(world.count("record") == 5001 - 257);
  CHECK(sequences_of(world.store, kLobby, world.epoch()).front() == 4000);
  std::int64_t before = world.count("record");
  for (std::uint64_t seq = 5002; world.count("record WHERE seq < 4000") > 0; ++seq) {
    REQUIRE(world.append(seq, seq) == StoreStatus::ok);
    CHECK(before - world.count("record") <= 256);
    before = world.count("record");
    REQUIRE(seq < 5100);
  }
}

TEST_CASE("an erased room's rows are swept away when there is time, in bounded steps") {
  LogWorld world;
  RoomWrite write = write_of(kLobby, world.epoch(), 1, 1000);
  for (std::uint64_t i = 0; i < 300; ++i) write.producers.push_back(all_of(producer_of("p" + std::to_string(i), 1, 5)));
  REQUIRE(ask_append(world.store, write) == StoreStatus::ok);
  REQUIRE(ask_erase(world.store, kLobby) == StoreStatus::ok);
  CHECK(world.count("record") == 1000);
  CHECK(world.count("news") == 1);
  CHECK(ask_open(world.store, kLobby).state.head == 0);
  REQUIRE(world.store.log().tidy());
  CHECK(world.count("record") == 1000 - 256);
  while (world.store.log().tidy()) continue;
  CHECK(world.count("record") == 0);
  CHECK(world.count("producer") == 0);
  CHECK(world.count("news") == 0);
  CHECK(world.count("garbage") == 0);
}

TEST_CASE("a room without messages is remembered for 30 days of the log's own time, then forgotten with a new epoch") {
  LogWorld world;
  const std::uint64_t epoch = world.epoch();
  RoomWrite write = write_of(kLobby, epoch, 1, 3);
  write.base = 4;
  write.producers.push_back(all_of(producer_of("ada", 3, 1000)));
  REQUIRE(ask_append(world.store, write) == StoreStatus::ok);
  const RoomKey clock{"", "clock"};
  const auto time_is = [&](std::uint64_t ms, std::uint64_t seq) {
    RoomWrite tick = write_of(clock, world.epoch(clock), seq, seq);
    tick.records[0].timestamp_ms = ms;
    REQUIRE(ask_append(world.store, tick) == StoreStatus::ok);
    while (world.store.log().tidy()) continue;
  };
  time_is(29 * kDayMs, 1);
  CHECK(world.epoch() == epoch);
  CHECK(ask_open(world.store, kLobby).state.head == 3);
  time_is(31 * kDayMs, 2);
  CHECK(world.count("room") == 1);
  CHECK(world.count("producer") == 0);
  CHECK(world.count("news") == 0);
  CHECK(ask_open(world.store, kLobby).state.head == 0);
  CHECK(world.epoch() != epoch);
  CHECK(ask_append(world.store, write_of(kLobby, epoch, 4, 4)) == StoreStatus::stale);
  CHECK(world.append(1, 1) == StoreStatus::ok);
}

TEST_CASE("a room that was erased before anything was written keeps its new epoch for 30 days too") {
  LogWorld world;
  REQUIRE(ask_erase(world.store, kLobby) == StoreStatus::ok);
  const std::uint64_t epoch = world.epoch();
  const RoomKey clock{"", "clock"};
  RoomWrite tick = write_of(clock, world.epoch(clock), 1, 1);
  tick.records[0].timestamp_ms = 100 * kDayMs;
  REQUIRE(ask_append(world.store, tick) == StoreStatus::ok);
  while (world.store.log().tidy()) continue;
  CHECK(world.epoch() == epoch);
  CHECK(world.append(1, 1) == StoreStatus::ok);
}

TEST_CASE("R-58 old records of unopened rooms are deleted at idle times, in bounded steps and by the clock of the writes") {
  LogWorld world;
  RoomWrite write = write_of(kLobby, world.epoch(), 1, 1000);
  write.keep_ms = kDayMs;
  REQUIRE(ask_append(world.store, write) == StoreStatus::ok);
  const RoomKey clock{"", "clock"};
  std::uint64_t seq = 0;
  const auto time_is = [&](std::uint64_t record_ms, std::uint64_t clock_ms) {
    RoomWrite tick = write_of(clock, world.epoch(clock), seq + 1, seq + 1);
    tick.records[0].timestamp_ms = record_ms;
    tick.clock_ms = clock_ms;
    ++seq;
    REQUIRE(ask_append(world.store, tick) == StoreStatus::ok);
  };
  time_is(10 * kDayMs, kDayMs);  // timestamps that jumped empty nothing
  while (world.store.log().tidy()) continue;
  CHECK(world.count("record") == 1001);
  time_is(12 * kDayMs, record_at(1000).timestamp_ms + kDayMs + 1);
  for (std::int64_t before = world.count("record"); world.store.log().tidy(); before = world.count("record"))
    CHECK(before - world.count("record") <= 256);
  CHECK(world.count("record") == 2);
  CHECK(ask_open(world.store, kLobby).state.base == 1001);
}

TEST_CASE("a database of version 1 is brought to the newest version and serves") {
  FaultVfs disk("version1");
  {
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    migrate(database, store_migrations().first(1));
    CHECK(schema_version(database) == 1);
  }
  SqliteLogStore store(kPath, {disk.name(), 1, {}});
  REQUIRE(ask_append(store, write_of(kLobby, ask_open(store, kLobby).state.epoch, 1, 3)) == StoreStatus::ok);
  SqliteDatabase database(kPath, SqliteMode::read_only, disk.name());
  CHECK(schema_version(database) == std::ssize(store_migrations()));
}

TEST_CASE("F-K20 of trims in one transaction one that meets damage is refused alone, and no transaction grows without a bound") {
  FaultVfs disk("trims");
  constexpr std::size_t kRooms = 12;
  constexpr std::uint64_t kRecords = 250;
  const auto key = [](std::size_t i) { return RoomKey{"", "room-" + std::to_string(10 + i)}; };
  std::vector<TrimLog> trims;
  {
    SqliteLogStore store(kPath, {disk.name(), 1, {}});
    for (std::size_t i = 0; i < kRooms; ++i) {
      trims.push_back(trim_of(key(i), ask_open(store, key(i)).state.epoch));
      trims.back().before_ms = record_at(kRecords).timestamp_ms;
      REQUIRE(ask_append(store, write_of(key(i), trims.back().epoch, 1, kRecords)) == StoreStatus::ok);
    }
  }
  const bool is_damaged = GENERATE(false, true);
  SqliteLogStore store(kPath, {disk.name(), 1, {}});
  if (is_damaged)
    SqliteDatabase(kPath, SqliteMode::write, disk.name()).run("UPDATE room SET head = head + 1 WHERE name = 'room-13'");
  const auto commits = [&] {
    return SqliteDatabase(kPath, SqliteMode::read_only, disk.name()).number("SELECT commits FROM store");
  };
  const std::int64_t before = commits();
  const std::vector<LogTrimmed> answers = store.log().trim_all(trims);
  REQUIRE(answers.size() == kRooms);
  for (std::size_t i = 0; i < kRooms; ++i) {
    const bool is_hurt = is_damaged && key(i).room == "room-13";
    CHECK(answers[i].status == (is_hurt ? StoreStatus::damaged : StoreStatus::ok));
    if (!is_hurt) CHECK(answers[i].base == kRecords);
  }
  constexpr std::size_t kRoomsPerCommit = kTrimRowsPerCommit / kRecords + 1;
  if (!is_damaged) CHECK(commits() - before == (kRooms + kRoomsPerCommit - 1) / kRoomsPerCommit);
  CHECK(ask_append(store, write_of(key(0), trims[0].epoch, kRecords + 1, kRecords + 1)) == StoreStatus::ok);
}

TEST_CASE("a window that was made smaller shrinks in bounded steps") {
  LogWorld world;
  RoomWrite write = write_of(kLobby, world.epoch(), 1, 1000);
  for (LogRecord& record : write.records) record = grouped(record, "tick", 1000);
  REQUIRE(ask_append(world.store, write) == StoreStatus::ok);
  for (std::uint64_t seq = 1001; seq <= 1010; ++seq) {
    RoomWrite next = write_of(kLobby, world.epoch(), seq, seq);
    next.records[0] = grouped(next.records[0], "tick", 10);
    REQUIRE(ask_append(world.store, next) == StoreStatus::ok);
    CHECK(world.count("record") >= 1000 - 256 * static_cast<std::int64_t>(seq - 1000));
  }
  CHECK(world.count("record") == 10);
}

TEST_CASE("R-79 the WAL stays below 64 MiB under load, with readers at work", "[timed]") {
  constexpr std::size_t kCommits = 50'000, kRecords = 16;
  constexpr std::size_t kWalBytesMax = 64 * 1024 * 1024;
  FaultVfs disk("load");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  std::size_t largest = 0;
  std::uint64_t seq = 1;
  for (std::size_t i = 0; i < share_of(kCommits); ++i, seq += kRecords) {
    RoomWrite write = write_of(kLobby, epoch, seq, seq + kRecords - 1);
    for (LogRecord& record : write.records) record.payload.append(1000, 'x');
    write.base = seq > 5000 ? seq - 5000 : 1;
    REQUIRE(ask_append(store, std::move(write)) == StoreStatus::ok);
    ReadRange range;
    range.key = kLobby;
    range.epoch = epoch;
    range.from_seq = seq;
    REQUIRE(ask_read(store, range).records.size() == kRecords);
    largest = std::max(largest, disk.size(kPath + "-wal"));
  }
  CHECK(largest > 1024 * 1024);
  CHECK(largest < kWalBytesMax);
}

TEST_CASE("a read that is asked after an append was answered sees it, from any thread") {
  FaultVfs disk("threads");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  constexpr std::uint64_t kAppends = 200;
  std::vector<std::thread> threads;
  std::vector<int> seen(4, 0);
  for (std::size_t i = 0; i < seen.size(); ++i)
    threads.emplace_back([&store, &seen, i] {
      const RoomKey key{"", "room-" + std::to_string(i)};
      const std::uint64_t epoch = ask_open(store, key).state.epoch;
      for (std::uint64_t seq = 1; seq <= kAppends; ++seq) {
        if (ask_append(store, write_of(key, epoch, seq, seq)) != StoreStatus::ok) return;
        ReadRange range;
        range.key = key;
        range.epoch = epoch;
        range.from_seq = seq;
        seen[i] += static_cast<int>(ask_read(store, range).records.size());
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(seen == std::vector<int>(4, kAppends));
}

TEST_CASE("a store's address names its kind; others are refused with what there is") {
  CHECK(!parse_store_address("memory:").is_durable);
  CHECK(parse_store_address("sqlite:./a b.db").file == "./a b.db");
  const auto refusal = [](const std::string& url) {
    try {
      static_cast<void>(parse_store_address(url));
    } catch (const StoreError& error) { return std::string(error.what()); }
    return std::string();
  };
  CHECK(parse_store_address("postgres://localhost/x").is_durable);
  CHECK(parse_store_address("postgresql://localhost/x").file.empty());
  CHECK(refusal("redis://localhost").empty());
  CHECK_THAT(refusal("mysql://localhost"), Contains("unknown store scheme") && Contains("sqlite:PATH"));
  CHECK_THAT(refusal("sqlite:"), Contains("path of the database is missing"));
  CHECK_THAT(refusal("sqlite::memory:"), Contains("would not be stored"));
  CHECK_THAT(refusal("memory:x"), Contains("no path"));
  CHECK_THAT(refusal("dialogue.db"), Contains("unknown store scheme") && Contains("sqlite:./dialogue.db"));
}

}  // namespace
}  // namespace dialogue::testing
