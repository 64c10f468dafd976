// What a large database costs those who have nothing to do with its size: who opens a room, who starts the server.
#include <future>
#include <set>
#include <thread>

#include "server/store/sqlite/sqlite_store.hpp"
#include "tests/patience.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

const RoomKey kLarge{"", "large"}, kSmall{"", "small"};
constexpr std::uint64_t kLargeHead = 20'000;

SqliteOptions on_usual(const FaultVfs& disk) { return {disk.name(), 1, {}}; }

/// A room of many records and one of few; every third record is of a group that keeps two.
void fill_rooms(const FaultVfs& disk) {
  SqliteLogStore store(kPath, on_usual(disk));
  for (const auto& [key, head] : {std::pair(kLarge, kLargeHead), std::pair(kSmall, std::uint64_t{20})}) {
    const std::uint64_t epoch = ask_open(store, key).state.epoch;
    for (std::uint64_t first = 1; first <= head; first += 1000) {
      RoomWrite write = write_of(key, epoch, first, std::min(first + 999, head));
      for (LogRecord& record : write.records)
        if (record.seq % 3 == 0) record = grouped(record, "tick", 2);
      REQUIRE(ask_append(store, write) == StoreStatus::ok);
    }
  }
}

ReadRange range_of(Store& store, const RoomKey& key) {
  ReadRange range;
  range.key = key;
  range.epoch = ask_open(store, key).state.epoch;
  return range;
}

/// Holds as many of a store's readers as it is asked to, each with a page in its hands.
class HeldReaders {
 public:
  HeldReaders(Store& store, const ReadRange& range, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      std::promise<void> begun;
      store.read(range, [&begun, released = released_](const LogPage&) {
        begun.set_value();
        released.wait();
      });
      begun.get_future().wait();
    }
  }
  HeldReaders(const HeldReaders&) = delete;
  HeldReaders& operator=(const HeldReaders&) = delete;
  ~HeldReaders() { release_.set_value(); }

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

/// Counts answers, and which of them were `busy`.
struct PageAnswers {
  std::mutex mutex;
  std::size_t count = 0, busy = 0, awaited = 0;
  std::promise<void> all;
  auto add() {
    return [this](const LogPage& page) {
      const std::lock_guard lock(mutex);
      busy += page.status == StoreStatus::busy ? 1 : 0;
      if (++count == awaited) all.set_value();
    };
  }
};

TEST_CASE("F-K19 opening a room of many records reads no more than opening one of few", "[timed]") {
  FaultVfs disk("open");
  fill_rooms(disk);
  const SqliteLog log(kPath, on_usual(disk));
  const auto read_to_open = [&](const RoomKey& key) {
    const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(kPath, disk.name());
    SqliteReader reader(*database, log.facts());
    const std::uint64_t before = disk.bytes_read();
    const RoomOpened opened = reader.open(key);
    CHECK(opened.status == StoreStatus::ok);
    return disk.bytes_read() - before;
  };
  CHECK(read_to_open(kLarge) <= read_to_open(kSmall) + 4 * kPageBytes);
}

TEST_CASE("F-K19 a log with holes is summed by its first reader, and not again", "[timed]") {
  FaultVfs disk("sum");
  fill_rooms(disk);
  SqliteLogStore store(kPath, on_usual(disk));
  const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(kPath, disk.name());
  database->run("PRAGMA cache_size = 0");
  const auto checked = std::make_shared<CheckedLogs>();
  SqliteReader reader(*database, store.log().facts(), checked);
  ReadRange range = range_of(store, kLarge);
  const auto read_for_a_page = [&] {
    const std::uint64_t before = disk.bytes_read();
    const LogPage page = reader.read(range);
    CHECK(page.status == StoreStatus::ok);
    CHECK(page.damaged.empty());
    return disk.bytes_read() - before;
  };
  const std::uint64_t first = read_for_a_page(), second = read_for_a_page();
  CHECK(first > 100 * kPageBytes);
  CHECK(second < 30 * kPageBytes);
}

TEST_CASE("F-K19 rooms are opened by readers: no publisher waits for it") {
  FaultVfs disk("threads");
  SqliteStore store(kPath, on_usual(disk));
  std::promise<std::thread::id> writer, opener;
  store.list_kept({KeptKind::room}, [&writer](const KeptList&) { writer.set_value(std::this_thread::get_id()); });
  store.open(kSmall, [&opener](const RoomOpened&) { opener.set_value(std::this_thread::get_id()); });
  CHECK(writer.get_future().get() != opener.get_future().get());
}

TEST_CASE("F-K21 while all readers but one are held, others read and open rooms", "[timed]") {
  FaultVfs disk("held");
  fill_rooms(disk);
  SqliteStore store(kPath, on_usual(disk));
  const ReadRange large = range_of(store, kLarge), small = range_of(store, kSmall);
  const HeldReaders held(store, large, kReadersCount - 1);
  CHECK(ask_read(store, small).status == StoreStatus::ok);
  CHECK(ask_open(store, kSmall).status == StoreStatus::ok);
}

TEST_CASE("F-K21 one asker or one room fills its own share of the readers' queue, and all together fill it") {
  FaultVfs disk("full");
  fill_rooms(disk);
  SqliteStore store(kPath, on_usual(disk));
  ReadRange range = range_of(store, kSmall);
  PageAnswers answers;
  answers.awaited = kReadsMax + 2;
  {
    const HeldReaders held(store, range, kReadersCount);
    range.asker = 1;
    for (std::size_t i = 0; i < kReadsOfOneMax + 1; ++i) store.read(range, answers.add());
    CHECK(answers.busy == 1);
    range.purpose = ReadPurpose::catch_up;
    store.read(range, answers.add());
    CHECK(answers.busy == 1);
    range.purpose = ReadPurpose::history;
    for (std::size_t i = kReadsOfOneMax + 2; i < kReadsMax + 2; ++i) {
      range.asker = i;
      store.read(range, answers.add());
    }
    CHECK(answers.busy == 2);
  }
  REQUIRE(answers.all.get_future().wait_for(kPatience) == std::future_status::ready);
  CHECK(answers.busy == 2);
}

TEST_CASE("F-K21 a start reads a small part of a large database", "[timed]") {
  FaultVfs disk("start");
  fill_rooms(disk);
  const std::uint64_t before = disk.bytes_read();
  const SqliteLog log(kPath, on_usual(disk));
  CHECK(disk.bytes_read() - before < disk.size(kPath) / 10);
}

TEST_CASE("F-K21 the database is verified while the store serves, and damage is reported") {
  FaultVfs disk("look");
  fill_rooms(disk);
  const bool is_damaged = GENERATE(false, true);
  if (is_damaged) {
    std::string file = disk.content(kPath);
    const std::size_t at = file.find("number 10000\"");
    REQUIRE(at != std::string::npos);
    file[at / kPageBytes * kPageBytes] = '\x01';  // no kind of page
    disk.put(kPath, file);
  }
  std::promise<std::string> warned, noted;
  SqliteOptions options = on_usual(disk);
  options.warn = [&warned](const std::string& text) { warned.set_value(text); };
  options.note = [&noted](const std::string& text) { noted.set_value(text); };
  SqliteStore store(kPath, options);
  auto verdict = (is_damaged ? warned : noted).get_future();
  REQUIRE(verdict.wait_for(kPatience) == std::future_status::ready);
  CHECK_THAT(verdict.get(), Catch::Matchers::Contains(is_damaged ? "dialogue store check" : "sound"));
  CHECK(store.damage().empty() == !is_damaged);
  CHECK(ask_read(store, range_of(store, kSmall)).status == StoreStatus::ok);
}

TEST_CASE("F-B12 a check that cannot read the database for a moment says nothing of damage, and looks again", "[timed]") {
  FaultVfs disk("later");
  fill_rooms(disk);
  std::promise<std::string> verdict;
  const auto conclude = [&verdict](const std::string& text) { verdict.set_value(text); };
  disk.fail_reads(3);
  const SqliteCheck check(kPath, {disk.name(), [] { return false; }, conclude, conclude, std::chrono::milliseconds(1)});
  auto found = verdict.get_future();
  REQUIRE(found.wait_for(kPatience) == std::future_status::ready);
  CHECK_THAT(found.get(), Catch::Matchers::Contains("sound"));
  CHECK(check.damage().empty());
}

TEST_CASE("F-K21 a check of the database yields to others, and ends on request", "[timed]") {
  FaultVfs disk("way");
  fill_rooms(disk);
  const SqliteLog log(kPath, on_usual(disk));
  std::promise<void> asked;
  std::atomic<bool> was_asked{false}, has_concluded{false};
  const auto conclude = [&has_concluded](const std::string&) { has_concluded = true; };
  SqliteCheck check(kPath, {disk.name(),
                            [&] {
                              if (!was_asked.exchange(true)) asked.set_value();
                              return true;
                            },
                            conclude, conclude});
  REQUIRE(asked.get_future().wait_for(kPatience) == std::future_status::ready);
  check.stop();
  CHECK_FALSE(has_concluded);
  CHECK(check.damage().empty());
}

}  // namespace
}  // namespace dialogue::testing
