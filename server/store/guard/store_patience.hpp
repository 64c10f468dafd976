// When a call of a store is late. Counts the time in which this process ran: a pause (`docker pause`, a debugger, a machine that
// slept) makes no call late. Not safe for several threads.
//
//   StorePatience patience(60'000);
//   const std::uint64_t asked_ms = patience.awake_ms(now_ms);
//   ... each patience.step_ms(): if (patience.is_late(asked_ms, true, patience.awake_ms(now_ms))) ...
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

namespace dialogue::store {

class StorePatience {
 public:
  /// A write whose turn never comes, while others are answered, is late after this many timeouts.
  static constexpr std::uint64_t kTimeoutsMax = 10;

  explicit StorePatience(std::uint64_t timeout_ms)
      : timeout_ms_(timeout_ms), step_ms_(std::clamp<std::uint64_t>(timeout_ms / kStepsPerTimeout, 1, kStepMaxMs)) {}

  /// Milliseconds after which awake_ms() is to be asked again while calls wait: of a longer gap, two steps count.
  [[nodiscard]] std::uint64_t step_ms() const { return step_ms_; }

  /// Returns the milliseconds that count, up to `now_ms` of a clock that never goes back.
  [[nodiscard]] std::uint64_t awake_ms(std::uint64_t now_ms) {
    if (last_ms_) awake_ms_ += std::min(now_ms - *last_ms_, 2 * step_ms_);
    last_ms_ = now_ms;
    return awake_ms_;
  }

  /// A write was answered: those behind it have waited for their turn.
  void progressed() { progressed_ms_ = awake_ms_; }

  /// Whether a call that was asked at `asked_ms` is late at `awake_ms`. A read: after the timeout. A write: if no write was
  /// answered for that time, or after kTimeoutsMax of them.
  [[nodiscard]] bool is_late(std::uint64_t asked_ms, bool writes, std::uint64_t awake_ms) const {
    const std::uint64_t since = writes ? std::max(asked_ms, progressed_ms_) : asked_ms;
    return awake_ms >= since + timeout_ms_ || awake_ms >= asked_ms + kTimeoutsMax * timeout_ms_;
  }

 private:
  static constexpr std::uint64_t kStepsPerTimeout = 60, kStepMaxMs = 1000;

  std::uint64_t timeout_ms_, step_ms_;
  std::optional<std::uint64_t> last_ms_;
  std::uint64_t awake_ms_ = 0, progressed_ms_ = 0;
};

}  // namespace dialogue::store
