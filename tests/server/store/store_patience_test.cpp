// When a call of a store is late: its time, what others were answered, and pauses of the process.
#include "server/store/guard/store_patience.hpp"

#include <catch2/catch.hpp>

namespace dialogue::testing {

using namespace store;

namespace {

constexpr std::uint64_t kTimeoutMs = 60'000;

/// Steps through `duration_ms` as the guard's thread does. Returns the time that counts.
std::uint64_t step_through(StorePatience& patience, std::uint64_t& now_ms, std::uint64_t duration_ms) {
  for (const std::uint64_t end_ms = now_ms + duration_ms; now_ms < end_ms;) {
    now_ms += patience.step_ms();
    static_cast<void>(patience.awake_ms(now_ms));
  }
  return patience.awake_ms(now_ms);
}

}  // namespace

TEST_CASE("F-B4 a read is late after its time, a write only if no other was answered meanwhile, or after ten times that time") {
  StorePatience patience(kTimeoutMs);
  std::uint64_t now_ms = 1'000'000;
  const std::uint64_t asked_ms = patience.awake_ms(now_ms), step_ms = patience.step_ms();
  for (std::uint64_t waited_ms = 0; waited_ms < StorePatience::kTimeoutsMax * kTimeoutMs; waited_ms += step_ms) {
    const std::uint64_t awake_ms = patience.awake_ms(now_ms);
    CHECK(patience.is_late(asked_ms, false, awake_ms) == (waited_ms >= kTimeoutMs));
    CHECK_FALSE(patience.is_late(asked_ms, true, awake_ms));
    patience.progressed();
    now_ms += step_ms;
  }
  const std::uint64_t later_ms = patience.awake_ms(now_ms);
  CHECK(patience.is_late(asked_ms, true, later_ms));
  CHECK_FALSE(patience.is_late(later_ms, true, step_through(patience, now_ms, kTimeoutMs - step_ms)));
  CHECK(patience.is_late(later_ms, true, step_through(patience, now_ms, step_ms)));
}

TEST_CASE("F-B5 a pause makes no call late, however long it is and wherever it falls") {
  for (const std::uint64_t pause_ms : {63'000u, 3'600'000u}) {
    StorePatience patience(kTimeoutMs);
    std::uint64_t now_ms = 5;
    const std::uint64_t asked_ms = patience.awake_ms(now_ms);
    for (int pauses = 0; pauses < 4; ++pauses) {  // two seconds count for each
      CHECK_FALSE(patience.is_late(asked_ms, false, step_through(patience, now_ms, 10'000)));
      CHECK_FALSE(patience.is_late(asked_ms, false, patience.awake_ms(now_ms += pause_ms)));
    }
    CHECK_FALSE(patience.is_late(asked_ms, false, step_through(patience, now_ms, 11'000)));
    CHECK(patience.is_late(asked_ms, false, step_through(patience, now_ms, 1'000)));
  }
}

TEST_CASE("calls that come after a time without calls have their whole time") {
  StorePatience patience(kTimeoutMs);
  static_cast<void>(patience.awake_ms(0));
  std::uint64_t now_ms = 10 * kTimeoutMs;
  const std::uint64_t asked_ms = patience.awake_ms(now_ms);
  CHECK_FALSE(patience.is_late(asked_ms, true, step_through(patience, now_ms, kTimeoutMs - 1000)));
  CHECK(patience.is_late(asked_ms, true, step_through(patience, now_ms, 1000)));
}

}  // namespace dialogue::testing
