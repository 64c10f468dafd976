// Unix time for retention: starts with the wall clock, advances with the monotonic one, and follows a wall clock that has run
// ahead only at a bounded rate, so that a jump does not empty a log at once. A value, used by one thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/core/util/elapsed.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

/// By how much the wall clock may be set forward between two runs so that it does not matter.
inline constexpr std::uint64_t kClockSetMs = 5 * 60 * 1000;

/// What came before may be younger than it seems; 0: no doubt.
struct ClockDoubt {
  std::uint64_t sure_ms = 0;    ///< before it, between runs, the wall clock may have been set
  std::uint64_t jumped_ms = 0;  ///< until then the clock ran faster, since the wall clock was set forward by more than a minute
};

/// Never jumps ahead and never goes back.
class SteadyUnixClock {
 public:
  std::uint64_t advance(Time now) {
    if (!is_running_) unix_ms_ = now.unix_ms;
    const std::uint64_t elapsed = is_running_ ? elapsed_ms(now.monotonic_ms, seen_ms_) : 0;
    if (!std::exchange(is_running_, true)) started_ms_ = sure_ms_ = unix_ms_;
    unix_ms_ += elapsed;
    const bool is_far_behind = now.unix_ms > unix_ms_ + kJumpMs;
    if (now.unix_ms > unix_ms_) unix_ms_ += std::min(now.unix_ms - unix_ms_, elapsed * kCatchUpRate);
    if (is_far_behind) jumped_ms_ = unix_ms_;
    seen_ms_ = now.monotonic_ms;
    return unix_ms_;
  }
  [[nodiscard]] std::uint64_t unix_ms() const { return unix_ms_; }
  /// The time from which a use of a log proves something about the wall clock.
  [[nodiscard]] std::uint64_t learnt_from_ms() const { return started_ms_ - std::min(started_ms_, kClockSetMs); }
  /// The clock was not set since `unix_ms`: a log was used then in an earlier run, and no earlier than learnt_from_ms(), or the
  /// store knows.
  void saw(std::uint64_t unix_ms) { sure_ms_ = std::min(sure_ms_, unix_ms); }
  [[nodiscard]] ClockDoubt doubt() const { return {sure_ms_, jumped_ms_}; }

 private:
  static constexpr std::uint64_t kCatchUpRate = 10;  ///< its maximum speed while it is behind the wall clock

  static constexpr std::uint64_t kJumpMs = 60'000;

  std::uint64_t unix_ms_ = 0, seen_ms_ = 0, started_ms_ = 0, sure_ms_ = 0, jumped_ms_ = 0;
  bool is_running_ = false;
};

}  // namespace dialogue::core
