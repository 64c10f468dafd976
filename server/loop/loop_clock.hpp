// The clocks of a loop, read where time enters the shard. Safe from any thread.
#pragma once
#include <chrono>
#include <cstdint>

#include "server/core/util/time.hpp"

namespace dialogue::loop {

template <typename Clock>
[[nodiscard]] std::uint64_t clock_ms() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
}

/// The first half of time_now(), where nothing is dated: a clock less to read.
[[nodiscard]] inline std::uint64_t monotonic_now_ms() { return clock_ms<std::chrono::steady_clock>(); }

[[nodiscard]] inline core::Time time_now() {
  return {.monotonic_ms = monotonic_now_ms(), .unix_ms = clock_ms<std::chrono::system_clock>()};
}

}  // namespace dialogue::loop
