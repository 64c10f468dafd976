// Disks that fail, at every operation of a small workload: nothing acknowledged is lost, nothing unacknowledged is half there.
#include <future>
#include <set>

#include "server/store/sqlite/sqlite_store.hpp"
#include "tests/sanitized.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using Error = FaultVfs::Error;

struct Run {
  std::size_t acknowledged = 0;
  StoreStatus last = StoreStatus::ok;
  bool was_opened = false;
};

/// Opens a log and takes the steps until one is not acknowledged.
Run run_steps(const FaultVfs& disk, const std::vector<Step>& steps) {
  Run run;
  try {
    SqliteLogStore store(kPath, on(disk));
    run.was_opened = true;
    for (const Step& step : steps) {
      run.last = step(store);
      if (run.last != StoreStatus::ok) return run;
      ++run.acknowledged;
      while (store.log().tidy()) continue;
    }
  } catch (const StoreError&) { run.last = StoreStatus::failed; }
  return run;
}

std::string text_after_start(const FaultVfs& disk) {
  SqliteLogStore store(kPath, on(disk));
  return text_of(store);
}

/// How many operations the whole workload takes, closing included.
std::uint64_t operations_of(const std::vector<Step>& steps) {
  FaultVfs disk("counting");
  REQUIRE(run_steps(disk, steps).acknowledged == steps.size());
  return disk.operations();
}

TEST_CASE("R-71 power fails at every operation: what was acknowledged is there, with or without the request under way",
          "[timed]") {
  const std::vector<Step> steps = small_workload();
  const std::vector<std::string> texts = texts_after_each(steps);
  const std::uint64_t operations = operations_of(steps);
  CHECK(operations > 50);
  constexpr std::size_t kSeeds = 300;
  for (std::uint64_t at = 1; at <= operations; at += kStep) {
    for (std::uint64_t seed = 1; seed <= share_of(kSeeds); ++seed) {
      FaultVfs disk("power");
      disk.plan({Error::power, at});
      const Run run = run_steps(disk, steps);
      REQUIRE(disk.has_struck());
      disk.restart(seed * operations + at);
      const std::string found = text_after_start(disk);
      const bool is_right =
          found == texts[run.acknowledged] || (run.acknowledged < steps.size() && found == texts[run.acknowledged + 1]);
      INFO("operation " << at << ", seed " << seed << ", acknowledged " << run.acknowledged << ", found\n" << found);
      REQUIRE(is_right);
    }
  }
}

TEST_CASE("R-71 power fails while recovering from a power failure, at every operation", "[timed]") {
  const std::vector<Step> steps = small_workload();
  const std::vector<std::string> texts = texts_after_each(steps);
  const std::uint64_t operations = operations_of(steps);
  for (std::uint64_t first = operations / 2; first < operations; first += 7 * kStep) {
    for (std::uint64_t second = 1;; ++second) {
      FaultVfs disk("twice");
      disk.plan({Error::power, first});
      const Run run = run_steps(disk, steps);
      disk.restart(first);
      disk.plan({Error::power, second});
      static_cast<void>(run_steps(disk, {}));
      const bool has_struck = disk.has_struck();
      disk.restart(second);
      const std::string found = text_after_start(disk);
      INFO("operations " << first << " and " << second);
      REQUIRE((found == texts[run.acknowledged] || found == texts.at(run.acknowledged + 1)));
      if (!has_struck) break;
    }
  }
}

TEST_CASE("a power failure changes no epoch", "[timed]") {
  const std::vector<Step> steps = {append_step(1, 100), append_step(5, 100), append_step(3, 4)};
  FaultVfs whole("whole");
  REQUIRE(run_steps(whole, steps).acknowledged == 3);
  SqliteLogStore expected(kPath, on(whole));
  const std::uint64_t operations = operations_of(steps);
  for (std::uint64_t at = 1; at <= operations; at += kStep) {
    FaultVfs disk("power");
    disk.plan({Error::power, at});
    if (run_steps(disk, steps).acknowledged == 0) continue;
    disk.restart(at);
    SqliteLogStore store(kPath, on(disk));
    INFO("operation " << at);
    REQUIRE(ask_open(store, {"", "plain"}).state.epoch == ask_open(expected, {"", "plain"}).state.epoch);
  }
}

TEST_CASE("R-72 the disk fills up at every operation: full, nothing of it happened, and all continues when space is free",
          "[timed]") {
  const std::vector<Step> steps = small_workload();
  const std::vector<std::string> texts = texts_after_each(steps);
  const std::uint64_t operations = operations_of(steps);
  std::set<std::size_t> refused_at;
  for (std::uint64_t at = 1; at <= operations; at += kStep) {
    FaultVfs disk("space");
    disk.plan({Error::space, at});
    try {
      SqliteLogStore store(kPath, on(disk));
      for (std::size_t i = 0; i < steps.size(); ++i) {
        StoreStatus status = steps[i](store);
        INFO("operation " << at << ", step " << i);
        if (status != StoreStatus::ok) {
          REQUIRE(status == StoreStatus::full);
          REQUIRE(text_of(store) == texts[i]);
          REQUIRE(steps[i](store) == StoreStatus::full);
          refused_at.insert(i);
          disk.plan({});
          status = steps[i](store);
        }
        REQUIRE(status == StoreStatus::ok);
        REQUIRE(text_of(store) == texts[i + 1]);
        while (store.log().tidy()) continue;
      }
    } catch (const StoreError& error) {
      REQUIRE(error.fault().find("full") != std::string::npos);
      disk.plan({});
      REQUIRE(run_steps(disk, steps).acknowledged == steps.size());
    }
    disk.plan({});
    REQUIRE(text_after_start(disk) == texts.back());
  }
  CHECK(refused_at.size() >= steps.size() / 2);
}

TEST_CASE("R-73 a sync fails at every operation: not acknowledged, the store has failed permanently, a new start is right",
          "[timed]") {
  const std::vector<Step> steps = small_workload();
  const std::vector<std::string> texts = texts_after_each(steps);
  const std::uint64_t operations = operations_of(steps);
  std::size_t failures = 0;
  for (const Error fault : {Error::sync, Error::write}) {
    for (std::uint64_t at = 1; at <= operations; at += kStep) {
      FaultVfs disk("sync");
      disk.plan({fault, at});
      const Run run = run_steps(disk, steps);
      INFO("operation " << at << ", acknowledged " << run.acknowledged);
      if (run.was_opened && run.last != StoreStatus::ok) {
        REQUIRE(run.last == StoreStatus::failed);
        ++failures;
      }
      disk.restart(at);
      const std::string found = text_after_start(disk);
      REQUIRE((found == texts[run.acknowledged] || (run.acknowledged < steps.size() && found == texts[run.acknowledged + 1])));
    }
  }
  CHECK(failures > steps.size());
}

TEST_CASE("F-B1 R-73 a sync fails at every operation: what the next start acknowledges survives a power failure", "[timed]") {
  const std::vector<Step> steps = small_workload();
  const std::uint64_t operations = operations_of(steps);
  for (std::uint64_t at = 1; at <= operations; at += kStep) {
    FaultVfs disk("cache");
    disk.plan({Error::sync, at});
    static_cast<void>(run_steps(disk, steps));
    disk.end_process();
    std::string text;
    {
      SqliteLogStore store(kPath, on(disk));
      REQUIRE(append_step(5, 100)(store) == StoreStatus::ok);
      text = text_of(store);
      disk.plan({Error::power, 1});
    }
    disk.restart(at);
    INFO("operation " << at);
    REQUIRE(text_after_start(disk) == text);
  }
}

TEST_CASE("R-73 a store that has failed answers failed to everything, and syncs nothing any more, closing included") {
  FaultVfs disk("gone");
  std::uint64_t before = 0;
  {
    SqliteLogStore store(kPath, on(disk));
    REQUIRE(append_step(3, 100)(store) == StoreStatus::ok);
    const std::uint64_t epoch = ask_open(store, {"", "plain"}).state.epoch;
    disk.plan({Error::sync, 1});
    CHECK(ask_append(store, write_of({"", "plain"}, epoch, 4, 4)) == StoreStatus::failed);
    REQUIRE(disk.has_struck());
    before = disk.operations();
    CHECK(ask_append(store, write_of({"", "plain"}, epoch, 4, 4)) == StoreStatus::failed);
    CHECK(ask_append(store, write_of({"", "plain"}, epoch, 5, 5)) == StoreStatus::failed);
    CHECK(ask_open(store, {"", "plain"}).status == StoreStatus::failed);
    CHECK(ask_trim(store, trim_of({"", "plain"}, epoch)).status == StoreStatus::failed);
    CHECK(ask_erase(store, {"", "plain"}) == StoreStatus::failed);
    CHECK_FALSE(store.log().tidy());
    CHECK(disk.operations() == before);
  }
  CHECK(disk.operations() == before);
}

/// A log whose WAL is long enough for a checkpoint, and what it holds.
std::string fill_wal(SqliteLogStore& store) {
  constexpr std::size_t kWrites = 10, kPayloadBytes = 60'000;
  const RoomKey key = workload_rooms()[0];
  for (std::uint64_t i = 0; i < kWrites; ++i) {
    RoomWrite write = write_of(key, ask_open(store, key).state.epoch, 10 * i + 1, 10 * i + 10);
    for (LogRecord& record : write.records) record.payload.append(kPayloadBytes, 'x');
    if (ask_append(store, write) != StoreStatus::ok) throw std::logic_error("the log cannot be written");
  }
  return text_of(store);
}

TEST_CASE("R-72 R-73 a checkpoint meets a disk that is full, fails or loses power: nothing acknowledged is lost", "[timed]") {
  constexpr std::uint64_t kStride = 151 * kRareStep;
  for (const Error fault : {Error::space, Error::sync, Error::write, Error::power}) {
    for (std::uint64_t at = 1;; at += kStride) {
      FaultVfs disk("checkpoint");
      std::string text;
      bool has_struck = false;
      {
        SqliteLogStore store(kPath, on(disk));
        text = fill_wal(store);
        disk.plan({fault, at});
        store.log().checkpoint_when_due();
        has_struck = disk.has_struck();
        INFO("fault " << static_cast<int>(fault) << ", operation " << at);
        CHECK(store.log().has_failed() == (has_struck && fault != Error::space));
        if (fault == Error::space) {
          disk.plan({});
          CHECK(text_of(store) == text);
          CHECK(append_step(1, 1000)(store) == StoreStatus::ok);
          text = text_of(store);
        }
      }
      disk.restart(at);
      REQUIRE(text_after_start(disk) == text);
      if (!has_struck) break;
    }
  }
}

/// Makes a store's writer wait, so that what is asked meanwhile becomes one commit.
class HeldWriter {
 public:
  explicit HeldWriter(Store& store) {
    std::promise<void> held;
    std::future<void> is_held = held.get_future();
    store.erase({"", "held"}, [this, &held](StoreStatus) {
      held.set_value();
      let_go_.get_future().wait();
    });
    is_held.wait();
  }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> let_go_;
};

/// Asks for one append to each of `rooms` rooms in one commit and returns the answers.
std::vector<StoreStatus> append_together(Store& store, std::size_t rooms, const std::function<void()>& before) {
  std::vector<RoomWrite> writes;
  for (std::size_t i = 0; i < rooms; ++i) {
    const RoomKey key{"", "room-" + std::to_string(i)};
    const RoomLogState state = ask_open(store, key).state;
    writes.push_back(write_of(key, state.epoch, state.head + 1, state.head + 1));
  }
  HeldWriter held(store);
  std::vector<std::future<StoreStatus>> answers;
  for (RoomWrite& write : writes) {
    const auto promise = std::make_shared<std::promise<StoreStatus>>();
    answers.push_back(promise->get_future());
    store.append({std::move(write)}, [promise](const std::vector<StoreStatus>& given) { promise->set_value(given.at(0)); });
  }
  before();
  held.let_go();
  std::vector<StoreStatus> statuses;
  for (auto& answer : answers) statuses.push_back(answer.get());
  return statuses;
}

constexpr std::size_t kGroup = 100;

TEST_CASE("R-80 a commit of 100 publishes that fails acknowledges none of them") {
  FaultVfs disk("group");
  {
    SqliteStore store(kPath, on(disk));
    REQUIRE(append_together(store, kGroup, [] {}) == std::vector(kGroup, StoreStatus::ok));
    CHECK(append_together(store, kGroup, [&] { disk.plan({Error::space, 1}); }) == std::vector(kGroup, StoreStatus::full));
    disk.plan({});
    CHECK(append_together(store, kGroup, [] {}) == std::vector(kGroup, StoreStatus::ok));
    CHECK(append_together(store, kGroup, [&] { disk.plan({Error::sync, 1}); }) == std::vector(kGroup, StoreStatus::failed));
  }
  disk.restart(1);
  SqliteStore store(kPath, on(disk));
  std::set<std::uint64_t> heads;
  for (std::size_t i = 0; i < kGroup; ++i) heads.insert(ask_open(store, {"", "room-" + std::to_string(i)}).state.head);
  CHECK(heads.size() == 1);
  CHECK((heads == std::set<std::uint64_t>{2} || heads == std::set<std::uint64_t>{3}));
}

TEST_CASE("R-80 100 publishes are one transaction, and one that cannot be written fails alone") {
  FaultVfs disk("alone");
  std::string bytes;
  {
    SqliteStore store(kPath, on(disk));
    REQUIRE(append_together(store, kGroup, [] {}) == std::vector(kGroup, StoreStatus::ok));
    disk.plan({});
    REQUIRE(append_together(store, kGroup, [] {}) == std::vector(kGroup, StoreStatus::ok));
    CHECK(disk.operations() < 4 * kGroup);
  }
  {
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    database.run("UPDATE room SET head = 7 WHERE name = 'room-50'");
  }
  SqliteStore store(kPath, on(disk));
  std::vector<StoreStatus> expected(kGroup, StoreStatus::ok);
  expected[50] = StoreStatus::damaged;
  CHECK(append_together(store, kGroup, [] {}) == expected);
  CHECK(append_together(store, kGroup, [] {}) == expected);
}

TEST_CASE("reads go on while the disk is full") {
  FaultVfs disk("reads");
  SqliteStore store(kPath, on(disk));
  REQUIRE(append_step(5, 100)(store) == StoreStatus::ok);
  const std::string before = text_of(store);
  disk.plan({Error::space, 1});
  CHECK(append_step(5, 100)(store) == StoreStatus::full);
  CHECK(text_of(store) == before);
}

TEST_CASE("a full queue answers busy, at once, and nothing of it happens") {
  FaultVfs disk("queue");
  SqliteStore store(kPath, on(disk));
  const std::uint64_t epoch = ask_open(store, {"", "plain"}).state.epoch;
  HeldWriter held(store);
  std::vector<std::future<StoreStatus>> answers;
  for (std::uint64_t seq = 1; seq <= kQueuedTasksMax + 10; ++seq) {
    const auto promise = std::make_shared<std::promise<StoreStatus>>();
    answers.push_back(promise->get_future());
    store.append({write_of({"", "plain"}, epoch, seq, seq)}, [promise](const auto& given) { promise->set_value(given.at(0)); });
  }
  CHECK(answers.back().get() == StoreStatus::busy);
  held.let_go();
  CHECK(answers[0].get() == StoreStatus::ok);
  CHECK(answers[kQueuedTasksMax - 1].get() == StoreStatus::ok);
  CHECK(answers[kQueuedTasksMax].get() == StoreStatus::busy);
  CHECK(ask_open(store, {"", "plain"}).state.head == kQueuedTasksMax);
}

}  // namespace
}  // namespace dialogue::testing
