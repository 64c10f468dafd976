// Time, as the core sees it: both clocks, as arguments of every call.
#pragma once
#include <cstdint>
#include <limits>

namespace dialogue::core {

/// Both clocks, as arguments. Deadlines use monotonic_ms only; timestamps in envelopes use unix_ms only.
struct Time {
  std::uint64_t monotonic_ms = 0, unix_ms = 0;
  /// monotonic_ms with more precision, for durations in metrics, on which no decision depends. 0 without a measurement:
  /// recordings and simulations have none.
  std::uint64_t monotonic_ns = 0;
};

inline constexpr std::uint64_t kMsPerSecond = 1000;

/// A deadline that never comes.
inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace dialogue::core
