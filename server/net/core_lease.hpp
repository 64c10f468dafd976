// How long a loop has kept its core since it last let go of it. On a machine that is busy the thread that writes the store has no
// other core than the loop's: it needs the processor for moments only, but would wait for a turn's end, and members for it.
// Used by its loop's thread; figures: docs/decisions/040-network-layer.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <thread>

namespace dialogue {

class CoreLease {
 public:
  using Clock = std::chrono::steady_clock;

  /// The thread has just waited, until `now`.
  void begin(Clock::time_point now) { due_ = now + kHeldMax; }
  /// Between two things that may follow each other for long: lets others have the core, when it was kept for kHeldMax.
  void offer() {
    if (++offers_ % kOffersPerLook != 0) return;
    if (Clock::now() < due_) return;
    std::this_thread::yield();
    begin(Clock::now());
  }

 private:
  static constexpr std::chrono::microseconds kHeldMax{150};
  static constexpr std::uint32_t kOffersPerLook = 4;  ///< of the clock: it costs as much as some of the things do

  Clock::time_point due_;
  std::uint32_t offers_ = 0;
};

}  // namespace dialogue
