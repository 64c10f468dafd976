// The wall clock beside the machine's own, and what a store knows of it from one start to the next.
#include "server/store/boot_clock.hpp"

#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

const std::string kClockPath = "clock.db";
const BootClock kFirst{"boot-1", 50'000, 1'700'000'000'000};

/// Since when the clock is known to a database that was new then.
constexpr std::uint64_t kKnownMs = 1'700'000'000'000 - 50'000;

/// The same machine so much later, its wall clock set by `set_ms` meanwhile.
BootClock later(std::uint64_t ms, std::int64_t set_ms = 0, const std::string& boot = "boot-1") {
  return {boot, kFirst.since_boot_ms + ms, kFirst.unix_ms + ms + static_cast<std::uint64_t>(set_ms)};
}

std::uint64_t known_when_opened(const FaultVfs& disk, const BootClock& now) {
  SqliteOptions options{.vfs = disk.name(), .seed = 1, .warn = {}};
  options.clock = [now] { return now; };
  SqliteLogStore store(kClockPath, options);
  return ask_open(store, {"", "lobby"}).clock_known_ms;
}

TEST_CASE("F-K05 a store knows how long the clock was not set: since the first of its starts that agree") {
  const FaultVfs disk("clock");
  CHECK(known_when_opened(disk, kFirst) == kKnownMs);
  CHECK(known_when_opened(disk, later(3'600'000)) == kKnownMs);
  CHECK(known_when_opened(disk, later(7'200'000, kClockDriftMs)) == kKnownMs + kClockDriftMs);  // by the clock of today
  CHECK(known_when_opened(disk, later(9'000'000, -std::int64_t{kClockDriftMs})) == kKnownMs - kClockDriftMs);
  CHECK(known_when_opened(disk, later(9'100'000)) == kKnownMs);
}

TEST_CASE("F-K05 a clock that was set between two starts is known since the second, whichever way it was set") {
  const std::int64_t set_ms = GENERATE(1, -1) * (std::int64_t{kClockDriftMs} + 1);
  const FaultVfs disk("clock");
  REQUIRE(known_when_opened(disk, kFirst) == kKnownMs);
  const BootClock set = later(10'000, set_ms);
  CHECK(known_when_opened(disk, set) == set.unix_ms);
  CHECK(known_when_opened(disk, later(20'000, set_ms)) == set.unix_ms);
  const BootClock back = later(30'000);
  CHECK(known_when_opened(disk, back) == back.unix_ms);
}

TEST_CASE("F-K05 the clock of another boot proves nothing about this one") {
  const FaultVfs disk("clock");
  REQUIRE(known_when_opened(disk, kFirst) == kKnownMs);
  const BootClock other = later(60'000, 0, "boot-2");
  CHECK(known_when_opened(disk, other) == other.unix_ms);
  CHECK(known_when_opened(disk, later(90'000, 0, "")) == 0);
}

TEST_CASE("F-K05 what is kept of the clock is not trusted if it is damaged") {
  const FaultVfs disk("clock");
  REQUIRE(known_when_opened(disk, kFirst) == kKnownMs);
  SqliteDatabase(kClockPath, SqliteMode::write, disk.name()).run("UPDATE clock SET since_boot_ms = 7");
  CHECK(known_when_opened(disk, later(1000)) == kFirst.unix_ms + 1000);
}

TEST_CASE("F-K05 a full disk does not prevent opening a store; its clock is then unknown") {
  FaultVfs disk("clock");
  REQUIRE(known_when_opened(disk, kFirst) == kKnownMs);
  for (std::uint64_t at = 1;; ++at) {
    INFO("operation " << at);
    disk.plan({FaultVfs::Error::space, at});
    const BootClock other = later(60'000 * at, 0, "boot-2");
    std::uint64_t known_ms = 0;
    try {
      known_ms = known_when_opened(disk, other);
    } catch (const StoreError& error) { CHECK_THAT(error.what(), Catch::Matchers::Contains("full")); }
    CHECK((known_ms == 0 || known_ms <= other.unix_ms));
    const bool has_struck = disk.has_struck();
    disk.plan({});
    if (!has_struck) break;
  }
}

TEST_CASE("This machine's clocks agree from one reading to the next") {
  const BootClock first = read_boot_clock(), second = read_boot_clock();
  REQUIRE(!first.boot.empty());
  const KnownClock known = known_clock({}, first);
  CHECK(known_clock(known, second) == known);
  CHECK(known_since_ms(known, first) == first.unix_ms);
}

}  // namespace
}  // namespace dialogue::testing
