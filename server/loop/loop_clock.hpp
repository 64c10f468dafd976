// The clocks of a loop, read where time enters the shard. Safe from any thread.
#pragma once
#include <chrono>
#include <cstdint>

#include "server/core/util/time.hpp"
#include "server/metrics/shared_cells.hpp"

namespace dialogue::loop {

template <typename Clock>
[[nodiscard]] std::uint64_t clock_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
}

/// The first half of time_now(), where nothing is dated: a clock less to read.
[[nodiscard]] inline std::uint64_t monotonic_now_ms() { return clock_ms<std::chrono::steady_clock>(); }

[[nodiscard]] inline core::Time time_now() {
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  const std::uint64_t monotonic_ns = metrics::now_ns();
  return {
      .monotonic_ms = monotonic_ns / kNsPerMs, .unix_ms = clock_ms<std::chrono::system_clock>(), .monotonic_ns = monotonic_ns};
}

}  // namespace dialogue::loop
