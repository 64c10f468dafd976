// Pages of logs that are damaged here and there: the rest of the page is given, and what is damaged is named.
#include "server/store/sqlite/tables/sqlite_page.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/store/sqlite/sqlite_open.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Ranges = std::vector<SeqRange>;
const RoomKey kRoom{"", "plain"}, kGrouped{"", "grouped"};
constexpr std::uint64_t kHead = 300;

/// A room of 300 records, and one where every third is of a group that keeps two; all of it in the database, none in the WAL.
void fill(const FaultVfs& disk) {
  SqliteLogStore store(kPath, on(disk));
  for (const RoomKey& key : {kRoom, kGrouped}) {
    RoomWrite write = write_of(key, ask_open(store, key).state.epoch, 1, kHead);
    for (LogRecord& record : write.records) {
      record.payload += std::string(200, ' ');
      if (key == kGrouped && record.seq % 3 == 0) record = grouped(record, "tick", 2);
    }
    REQUIRE(ask_append(store, write) == StoreStatus::ok);
  }
}

void change(const FaultVfs& disk, const std::string& sql) { SqliteDatabase(kPath, SqliteMode::write, disk.name()).run(sql); }

LogPage page_of(Store& store, const RoomKey& key, std::uint64_t from, bool backwards = false, std::size_t records_max = 100) {
  ReadRange range;
  range.key = key;
  range.epoch = ask_open(store, key).state.epoch;
  range.from_seq = from;
  range.backwards = backwards;
  range.records_max = records_max;
  range.bytes_max = std::size_t{1} << 30;
  return ask_read(store, range);
}

/// All pages from the first record on, or from the last one back: what they gave, and what they called damaged.
struct Whole {
  std::vector<std::uint64_t> records;
  std::uint64_t damaged = 0;
};

Whole read_all(Store& store, const RoomKey& key, bool backwards) {
  Whole whole;
  for (std::uint64_t at = backwards ? kHead : 1; at >= 1 && at <= kHead;) {
    const LogPage page = page_of(store, key, at, backwards, 7);
    REQUIRE(page.status == StoreStatus::ok);
    REQUIRE(page.first <= page.last);
    REQUIRE((backwards ? page.last : page.first) == at);
    for (const LogRecord& record : page.records) whole.records.push_back(record.seq);
    for (const SeqRange& range : page.damaged) whole.damaged += range.last + 1 - range.first;
    at = backwards ? page.first - 1 : page.last + 1;
  }
  return whole;
}

TEST_CASE("F-K06 a damaged or missing record affects only itself, forwards and backwards") {
  const auto [sql, damaged] = GENERATE(table<std::string, Ranges>({
      {"UPDATE record SET payload = replace(payload, '5', '6') WHERE room = 1 AND seq = 150", {{150, 150}}},
      {"UPDATE record SET checksum = checksum + 1 WHERE room = 1 AND seq BETWEEN 150 AND 152", {{150, 152}}},
      {"DELETE FROM record WHERE room = 1 AND seq BETWEEN 140 AND 150", {{140, 150}}},
      {"UPDATE record SET checksum = checksum + 1 WHERE room = 1 AND seq IN (101, 150, 200)",
       {{101, 101}, {150, 150}, {200, 200}}},
  }));
  FaultVfs disk("one");
  fill(disk);
  change(disk, sql);
  SqliteLogStore store(kPath, on(disk));
  for (const bool backwards : {false, true}) {
    const LogPage page = page_of(store, kRoom, backwards ? 200 : 101, backwards);
    CHECK(page.status == StoreStatus::ok);
    CHECK(page.damaged == damaged);
    std::uint64_t bad = 0;
    for (const SeqRange& range : damaged) bad += range.last + 1 - range.first;
    CHECK(page.records.size() + bad == page.last + 1 - page.first);
    const Whole whole = read_all(store, kRoom, backwards);
    CHECK(whole.records.size() == kHead - bad);
    CHECK(whole.damaged == bad);
  }
  CHECK(page_of(store, kRoom, 1, false, 50).damaged.empty());
}

TEST_CASE("F-K06 if records may be replaced, a missing record makes every hole suspect, and no record") {
  FaultVfs disk("grouped");
  fill(disk);
  change(disk, "DELETE FROM record WHERE room = 2 AND seq = 4");
  SqliteLogStore store(kPath, on(disk));
  const LogPage page = page_of(store, kGrouped, 1, false, 5);
  CHECK(sequences(page) == std::vector<std::uint64_t>{1, 2, 5, 7, 8});
  CHECK(page.damaged == Ranges{{3, 4}, {6, 6}, {9, 9}});
}

TEST_CASE("F-K06 if records may be replaced, a damaged record is named, and holes are not damage") {
  FaultVfs disk("grouped");
  fill(disk);
  change(disk, "UPDATE record SET payload = '' WHERE room = 2 AND seq = 4");
  SqliteLogStore store(kPath, on(disk));
  CHECK(page_of(store, kGrouped, 1, false, 5).damaged == Ranges{{4, 4}});
}

TEST_CASE("F-K06 a page of the file that is damaged costs the records on it, and those that cannot be reached without it") {
  FaultVfs disk("leaf");
  fill(disk);
  std::string file = disk.content(kPath);
  constexpr char kLeaf = 10;
  const std::string needle = "number 15";
  std::size_t at = file.find(needle);
  while (at != std::string::npos && file[at / kPageBytes * kPageBytes] != kLeaf) at = file.find(needle, at + 1);
  REQUIRE(at != std::string::npos);
  file[at / kPageBytes * kPageBytes] = '\x01';  // no kind of page
  disk.put(kPath, file);
  SqliteLogStore store(kPath, on(disk));
  for (const bool backwards : {false, true}) {
    const Whole whole = read_all(store, kRoom, backwards);
    CHECK(whole.records.size() + whole.damaged == kHead);
    CHECK(whole.damaged >= 1);
    CHECK(whole.damaged <= 2 * kPageBytes / 200);
  }
  CHECK(read_all(store, kGrouped, false).damaged == 0);
}

TEST_CASE("F-K06 a log of damaged records only is read in bounded pages") {
  FaultVfs disk("all");
  fill(disk);
  change(disk, "UPDATE record SET payload = ''");
  SqliteLogStore store(kPath, on(disk));
  const LogPage page = page_of(store, kRoom, 1, false, 10);
  CHECK(page.records.empty());
  CHECK(page.damaged == Ranges{{1, 10}});
  CHECK(page.last == 10);
}

TEST_CASE("F-K06 a read that fails is retried; if it keeps failing the answer is busy, and nothing is reported as damaged") {
  FaultVfs disk("reads");
  fill(disk);
  SqliteLogStore store(kPath, on(disk));
  const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(kPath, disk.name());
  SqliteReader reader(*database, store.log().facts());
  ReadRange range;
  range.key = kRoom;
  range.epoch = ask_open(store, kRoom).state.epoch;
  disk.fail_reads(1);
  const LogPage page = reader.read(range);
  CHECK(page.status == StoreStatus::ok);
  CHECK(page.records.size() == 100);
  database->run("PRAGMA cache_size = 0");
  database->run("PRAGMA shrink_memory");
  disk.fail_reads(1'000);
  CHECK(reader.read(range).status == StoreStatus::busy);
  CHECK(reader.open(kRoom).status == StoreStatus::busy);
  disk.fail_reads(0);
  CHECK(reader.read(range).records.size() == 100);
}

/// Calls `what` once, before the reader's first statement that asks for records.
struct BeforeRecords {
  std::function<void()> what;
  static int traced(unsigned, void* self, void*, void* text) {
    const std::string sql = static_cast<const char*>(text);
    if (sql.find("FROM record") == std::string::npos) return 0;
    if (const auto call = std::exchange(static_cast<BeforeRecords*>(self)->what, nullptr)) call();
    return 0;
  }
};

TEST_CASE("F-K06 a page that is read while its log is trimmed is of one moment: nothing is called damaged") {
  FaultVfs disk("moment");
  fill(disk);
  SqliteLogStore store(kPath, on(disk));
  const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(kPath, disk.name());
  SqliteReader reader(*database, store.log().facts());
  ReadRange range;
  range.key = kRoom;
  range.epoch = ask_open(store, kRoom).state.epoch;
  BeforeRecords trims{[&] {
    TrimLog trim = trim_of(kRoom, range.epoch);
    trim.before_ms = record_at(50).timestamp_ms;
    REQUIRE(ask_trim(store, trim).status == StoreStatus::ok);
  }};
  sqlite3_trace_v2(database->handle(), SQLITE_TRACE_STMT, BeforeRecords::traced, &trims);
  const LogPage page = reader.read(range);
  CHECK_FALSE(trims.what);
  CHECK(page.records.size() == 100);
  CHECK(page.damaged.empty());
  CHECK(reader.read(range).base == 50);
}

TEST_CASE("R-56 the logs whose checksums were verified are remembered up to a limit, then verified again") {
  CheckedLogs checked;
  for (std::uint64_t id = 1; id <= CheckedLogs::kLogsMax; ++id) checked.add(id);
  CHECK(checked.contains(1));
  checked.add(CheckedLogs::kLogsMax + 1);
  CHECK_FALSE(checked.contains(1));
  CHECK(checked.contains(CheckedLogs::kLogsMax + 1));
}

}  // namespace
}  // namespace dialogue::testing
