// How long a loop has kept its core since it last gave it up. On a machine that is busy the thread that writes the store has no
// other core than the loop's: it needs the processor for moments only, but would wait for a turn's end, and members for it.
// Used by its loop's thread; see docs/decisions/040-network-layer.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <thread>

namespace dialogue::loop {

class WriterYield {
 public:
  using Clock = std::chrono::steady_clock;

  /// `has_store`: there is such a thread. Without one the core is kept: other loops have their time slices.
  explicit WriterYield(bool has_store) : has_store_(has_store) {}

  /// The thread is about to wait: what it does after that begins a new time with the core.
  void wait() { has_begun_ = false; }
  /// Between two things that may follow each other for long: lets others have the core, when it was kept for kHeldMax.
  void offer() {
    if (!has_store_) return;
    if (!has_begun_) return begin();
    if (++offers_ % kOffersPerLook != 0 || Clock::now() < due_) return;
    std::this_thread::yield();
    begin();
  }

 private:
  static constexpr std::chrono::microseconds kHeldMax{150};
  static constexpr std::uint32_t kOffersPerLook = 4;  ///< of the clock: it costs as much as some of the things do

  void begin() {
    has_begun_ = true;
    due_ = Clock::now() + kHeldMax;
  }

  const bool has_store_;
  bool has_begun_ = false;
  Clock::time_point due_;
  std::uint32_t offers_ = 0;
};

}  // namespace dialogue::loop
