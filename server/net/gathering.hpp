// Whether a loop waits for more before it looks at its sockets again. A loop that sleeps until the next message pays a wake-up
// for each one, and finds the processor's caches cold: where many come, that is more than the messages themselves cost. So while
// they do, a turn begins a fixed time after the one before it began, and takes all that has come meanwhile. Pure; why and how
// much: docs/decisions/229-messages-gather.md.
#pragma once
#include <chrono>
#include <cstdint>

namespace dialogue {

class Gathering {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::uint64_t kBusyPerMs = 4;  ///< sockets with something to read, over a window: below it nobody waits
  static constexpr std::chrono::milliseconds kWindow{4};

  /// `between`: from the beginning of a turn to that of the next one, while many messages come. Zero: never wait.
  explicit Gathering(std::chrono::microseconds between) : between_(between) {}

  /// A turn begins; `heard` sockets have had something to read so far, ever.
  void begin(Clock::time_point now, std::uint64_t heard) {
    begun_ = now;
    const auto passed = now - window_begun_;
    if (passed < kWindow) return;
    is_busy_ = (heard - heard_before_) * std::chrono::nanoseconds(std::chrono::milliseconds(1)) >= kBusyPerMs * passed;
    window_begun_ = now;
    heard_before_ = heard;
  }

  /// Whether it is worth while to ask for the time, and to call rest().
  [[nodiscard]] bool is_busy() const { return is_busy_ && between_ > Clock::duration::zero(); }

  /// The turn is over: how long to let messages gather before the next; zero or less: not at all.
  [[nodiscard]] Clock::duration rest(Clock::time_point now) const {
    return is_busy() ? begun_ + between_ - now : Clock::duration::zero();
  }

 private:
  Clock::duration between_;
  Clock::time_point begun_, window_begun_;
  std::uint64_t heard_before_ = 0;
  bool is_busy_ = false;
};

}  // namespace dialogue
