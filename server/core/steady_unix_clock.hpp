// Unix time for retention: starts with the wall clock, advances with the monotonic one, and follows a wall clock that has run
// ahead only at a bounded rate, so that a jump does not empty a log at once. A value, used by one thread.
#pragma once
#include <algorithm>
#include <cstdint>

#include "server/core/time.hpp"

namespace dialogue {

/// Never jumps ahead and never goes back.
class SteadyUnixClock {
 public:
  std::uint64_t advance(Time now) {
    if (!is_running_) unix_ms_ = now.unix_ms;
    const std::uint64_t elapsed = is_running_ ? now.monotonic_ms - std::min(seen_ms_, now.monotonic_ms) : 0;
    is_running_ = true;
    unix_ms_ += elapsed;
    if (now.unix_ms > unix_ms_) unix_ms_ += std::min(now.unix_ms - unix_ms_, elapsed * kCatchUpRate);
    seen_ms_ = now.monotonic_ms;
    return unix_ms_;
  }
  [[nodiscard]] std::uint64_t unix_ms() const { return unix_ms_; }

 private:
  static constexpr std::uint64_t kCatchUpRate = 10;  ///< behind the wall clock it runs at most so many times faster

  std::uint64_t unix_ms_ = 0, seen_ms_ = 0;
  bool is_running_ = false;
};

}  // namespace dialogue
