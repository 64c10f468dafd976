// How long ago something was, of two readings of one monotonic clock.
#pragma once
#include <algorithm>
#include <cstdint>

namespace dialogue::core {

/// From `then_ms` to `now_ms`. 0 where `then_ms` is later: another thread, or a later step of the same turn, read the clock for
/// it, and an unsigned difference would be half an eternity.
[[nodiscard]] constexpr std::uint64_t elapsed_ms(std::uint64_t now_ms, std::uint64_t then_ms) {
  return now_ms - std::min(now_ms, then_ms);
}

}  // namespace dialogue::core
