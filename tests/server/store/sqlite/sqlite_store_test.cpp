// What the writer makes of requests that wait for it together: which of them share a transaction, and which keep their order.
#include "server/store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <future>
#include <mutex>

#include "tests/patience.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// Keeps the writer busy until release(): what is asked meanwhile is taken up at once then.
class BusyWriter {
 public:
  explicit BusyWriter(Store& store) {
    std::promise<void> begun;
    store.list_kept({KeptKind::room}, [&begun, released = released_.get_future().share()](const KeptList&) {
      begun.set_value();
      released.wait();
    });
    begun.get_future().wait();
  }
  BusyWriter(const BusyWriter&) = delete;
  BusyWriter& operator=(const BusyWriter&) = delete;
  ~BusyWriter() { release(); }
  void release() {
    if (!std::exchange(is_released_, true)) released_.set_value();
  }

 private:
  std::promise<void> released_;
  bool is_released_ = false;
};

/// Writes down who is answered, in the order of the answers.
struct Answers {
  std::vector<std::string> names;
  std::promise<void> all;
  std::size_t awaited = 0;
  std::mutex mutex;  ///< rooms are opened by several threads
  void add(const std::string& name) {
    const std::lock_guard lock(mutex);
    names.push_back(name);
    if (names.size() == awaited) all.set_value();
  }
  auto opened(const std::string& name) {
    return [this, name](const RoomOpened& opened) { add(name + (opened.status == StoreStatus::ok ? "" : " failed")); };
  }
  auto written(const std::string& name) {
    return [this, name](const std::vector<StoreStatus>& statuses) {
      add(name + (statuses.at(0) == StoreStatus::ok ? "" : statuses.at(0) == StoreStatus::stale ? " stale" : " failed"));
    };
  }
  auto trimmed(const std::string& name) {
    return [this, name](const LogTrimmed& trimmed) {
      add(name + " " + std::to_string(trimmed.base) + (trimmed.status == StoreStatus::ok ? "" : " failed"));
    };
  }
  auto erased(const std::string& name) {
    return [this, name](StoreStatus status) { add(name + (status == StoreStatus::ok ? "" : " failed")); };
  }
  void wait() {
    if (all.get_future().wait_for(kPatience) != std::future_status::ready) throw std::runtime_error("answers are missing");
  }
};

std::int64_t commits(const FaultVfs& disk) {
  SqliteDatabase database(kPath, SqliteMode::read_only, disk.name());
  return database.number("SELECT commits FROM store");
}

/// Appends, trims and erasures of many rooms.
void ask_of_rooms(Store& store, std::size_t rooms, Answers& answers) {
  for (std::size_t i = 0; i < rooms; ++i) {
    const RoomKey key{"", "room-" + std::to_string(i)};
    store.append({write_of(key, 1, 1, 1)}, [&](const auto& statuses) { answers.erased("append")(statuses.at(0)); });
    store.trim(trim_of(key, 1), [&](const LogTrimmed& trimmed) { answers.erased("trim")(trimmed.status); });
    store.erase(key, answers.erased("erase"));
  }
}

}  // namespace

TEST_CASE("F-B4 calls that find the database locked by another program do not add up their waits") {
  FaultVfs disk("locked");
  SqliteStore store(kPath, on(disk));
  SqliteDatabase other(kPath, SqliteMode::write, disk.name());
  other.run("BEGIN IMMEDIATE");
  Answers answers;
  constexpr std::size_t kRooms = 30;
  answers.awaited = 3 * kRooms;
  {
    BusyWriter busy(store);
    ask_of_rooms(store, kRooms, answers);
  }
  answers.wait();
  for (const std::string& name : answers.names) CHECK(name.ends_with(" failed"));
  CHECK(disk.slept_ms() <= 2 * kLockWaitMs);
  other.run("ROLLBACK");
  CHECK(ask_erase(store, {"", "room-1"}) == StoreStatus::ok);
}

TEST_CASE("appends that wait together are one transaction, and none waits for the rooms that are opened among them") {
  FaultVfs disk("together");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  const std::vector<RoomKey> rooms = {{"", "a"}, {"", "b"}, {"", "c"}};
  std::vector<std::uint64_t> epochs;
  for (const RoomKey& room : rooms) {
    epochs.push_back(ask_open(store, room).state.epoch);
    REQUIRE(ask_append(store, write_of(room, epochs.back(), 1, 1)) == StoreStatus::ok);
  }
  const std::int64_t before = commits(disk);

  Answers answers;
  answers.awaited = 2 * rooms.size();
  {
    BusyWriter busy(store);
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      store.open({"", "new-" + rooms[i].room}, answers.opened("open " + rooms[i].room));
      store.append({write_of(rooms[i], epochs[i], 2, 2)}, answers.written("append " + rooms[i].room));
    }
  }
  answers.wait();
  std::sort(answers.names.begin() + 3, answers.names.end());  // readers open them, side by side
  CHECK(answers.names == std::vector<std::string>{"append a", "append b", "append c", "open a", "open b", "open c"});
  CHECK(commits(disk) == before + 1);
}

TEST_CASE("F-K20 trims that wait together are one transaction and one sync, whatever the number of rooms") {
  constexpr std::size_t kRooms = 50;
  FaultVfs disk("trims");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  std::vector<TrimLog> trims;
  for (std::size_t i = 0; i < kRooms; ++i) {
    const RoomKey room{"", "room-" + std::to_string(i)};
    trims.push_back(trim_of(room, ask_open(store, room).state.epoch));
    trims.back().before_ms = record_at(4).timestamp_ms;
    REQUIRE(ask_append(store, write_of(room, trims.back().epoch, 1, 5)) == StoreStatus::ok);
  }
  const std::int64_t commits_before = commits(disk);
  const std::uint64_t syncs_before = disk.syncs();
  Answers answers;
  answers.awaited = kRooms;
  {
    BusyWriter busy(store);
    for (const TrimLog& trim : trims) store.trim(trim, answers.trimmed("base"));
  }
  answers.wait();
  CHECK(answers.names == std::vector<std::string>(kRooms, "base 4"));
  CHECK(commits(disk) == commits_before + 1);
  CHECK(disk.syncs() == syncs_before + 1);
}

TEST_CASE("F-K20 a trim keeps its place among the calls for its own room") {
  FaultVfs disk("place");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  const RoomKey room{"", "room"};
  TrimLog trim = trim_of(room, ask_open(store, room).state.epoch);
  REQUIRE(ask_append(store, write_of(room, trim.epoch, 1, 5)) == StoreStatus::ok);
  Answers answers;
  answers.awaited = 3;
  {
    BusyWriter busy(store);
    trim.before_ms = record_at(3).timestamp_ms;
    store.trim(trim, answers.trimmed("before"));
    store.erase(room, answers.erased("erase"));
    store.trim(trim, answers.trimmed("behind"));
  }
  answers.wait();
  CHECK(answers.names == std::vector<std::string>{"before 3", "erase", "behind 1 failed"});
}

TEST_CASE("an append after a call for its own room keeps its place") {
  FaultVfs disk("behind");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  const RoomKey erased{"", "erased"}, other{"", "other"}, twin{"acme", "erased"};
  const auto epoch = [&store](const RoomKey& room) { return ask_open(store, room).state.epoch; };
  for (const RoomKey& room : {erased, other, twin})
    REQUIRE(ask_append(store, write_of(room, epoch(room), 1, 1)) == StoreStatus::ok);

  Answers answers;
  answers.awaited = 5;
  const std::uint64_t old = epoch(erased), of_other = epoch(other), of_twin = epoch(twin);
  {
    BusyWriter busy(store);
    store.append({write_of(erased, old, 2, 2)}, answers.written("append before"));
    store.erase(erased, answers.erased("erase"));
    store.append({write_of(twin, of_twin, 2, 2)}, answers.written("append to the twin"));
    store.append({write_of(erased, old, 3, 3)}, answers.written("append behind"));
    store.append({write_of(other, of_other, 2, 2)}, answers.written("append to another"));
  }
  answers.wait();
  CHECK(answers.names ==
        std::vector<std::string>{"append before", "append to the twin", "erase", "append behind stale", "append to another"});
  CHECK(sequences_of(store, twin, of_twin) == std::vector<std::uint64_t>{1, 2});
  CHECK(sequences_of(store, erased, epoch(erased)).empty());
}

TEST_CASE("a step of an erasure says how long it took, and whether others have published since the step before") {
  FaultVfs disk("erased");
  SqliteStore store(kPath, {disk.name(), 1, {}});
  const RoomKey room{"", "room"};
  const std::uint64_t epoch = ask_open(store, room).state.epoch;
  REQUIRE(ask_append(store, write_of(room, epoch, 1, 9)) == StoreStatus::ok);
  const auto step = [&store] { return answer_of<UserErased>([&](auto done) { store.erase_user({"user-1"}, std::move(done)); }); };
  const UserErased first = step();
  CHECK(first.others_published);
  CHECK(first.took.count() > 0);
  CHECK_FALSE(step().others_published);
  REQUIRE(ask_append(store, write_of(room, epoch, 10, 10)) == StoreStatus::ok);
  CHECK(step().others_published);
}

}  // namespace dialogue::testing
