// R-58 on a real disk: what publishing costs while a hundred thousand rooms lose everything that they have.
#include <algorithm>
#include <chrono>

#include "server/store/sqlite/sqlite_store.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

constexpr std::size_t kManyRooms = 100'000, kRecordsEach = 10, kTrimRounds = 5, kTrimPublications = 4'000;
using Microseconds = std::chrono::duration<double, std::micro>;

void fill_rooms(Store& store, std::size_t rooms) {
  constexpr std::size_t kTogether = 100;
  for (std::size_t at = 0; at < rooms; at += kTogether) {
    std::vector<RoomWrite> writes;
    for (std::size_t room = at; room < std::min(at + kTogether, rooms); ++room) {
      const RoomKey key{"", "room-" + std::to_string(room)};
      writes.push_back(write_of(key, ask_open(store, key).state.epoch, 1, kRecordsEach));
      writes.back().keep_ms = kDayMs;
    }
    for (const StoreStatus status : ask_append_all(store, std::move(writes))) REQUIRE(status == StoreStatus::ok);
  }
}

/// Publishes one after the other, by a clock of the log; gives the 99th percentile.
Microseconds p99_of_a_round(Store& store, std::uint64_t clock_ms) {
  const RoomOpened opened = ask_open(store, kLobby);
  std::uint64_t seq = opened.state.head;
  std::vector<Microseconds> took;
  for (std::size_t i = 0; i < share_of(kTrimPublications); ++i) {
    ++seq;
    RoomWrite write = write_of(kLobby, opened.state.epoch, seq, seq);
    write.records[0].timestamp_ms = write.clock_ms = clock_ms;
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(ask_append(store, std::move(write)) == StoreStatus::ok);
    took.emplace_back(std::chrono::steady_clock::now() - began);
  }
  const auto p99 = took.begin() + static_cast<std::ptrdiff_t>(took.size() - 1 - took.size() / 100);
  std::nth_element(took.begin(), p99, took.end());
  return *p99;
}

/// The median of some rounds, since a machine has bad moments.
Microseconds p99_of_publishing(Store& store, std::uint64_t clock_ms) {
  std::vector<Microseconds> rounds;
  for (std::size_t i = 0; i < kTrimRounds; ++i) rounds.push_back(p99_of_a_round(store, clock_ms));
  const auto median = rounds.begin() + kTrimRounds / 2;
  std::nth_element(rounds.begin(), median, rounds.end());
  return *median;
}

TEST_CASE("R-58 a publication while every room is trimmed waits at most twice as long", "[timed]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/log.db";
  SqliteStore store(path, {});
  fill_rooms(store, share_of(kManyRooms));
  SqliteDatabase database(path, SqliteMode::read_only, "");
  const auto left = [&] {
    return database.number("SELECT count(*) FROM record WHERE room IN (SELECT id FROM room WHERE name <> 'lobby')");
  };
  REQUIRE(left() == static_cast<std::int64_t>(share_of(kManyRooms) * kRecordsEach));

  const Microseconds quiet = p99_of_publishing(store, kDayMs);
  const Microseconds trimming = p99_of_publishing(store, 12 * kDayMs);
  const std::int64_t left_after = left();
  WARN("p99 of publishing: " << quiet.count() << " us, while rooms are trimmed " << trimming.count() << " us; " << left_after
                             << " records are left of " << share_of(kManyRooms) * kRecordsEach);
  CHECK(left_after < static_cast<std::int64_t>(share_of(kManyRooms) * kRecordsEach));
  if (share_of(kManyRooms) == kManyRooms) CHECK(trimming <= 2 * quiet);  // by hand, where nothing else runs
}

}  // namespace
}  // namespace dialogue::testing
