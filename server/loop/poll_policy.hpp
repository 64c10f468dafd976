// How a loop waits for its next turn. A loop that sleeps until the next message pays a wake-up for each one and finds the
// processor's caches cold: where many come, that is more than the messages themselves cost. So where many come,
//   they gather:      a turn begins a fixed time after the one before it began, and takes all that has come meanwhile.
//   they are awaited: where fewer come because of that, from people who each wait for another's answer, the loop looks for the
//                     next message for a moment before it sleeps, as long as that finds one as a rule.
// Where few come, the loop sleeps. Pure; why and how much: docs/decisions/229-coalescing-and-polling.md.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace dialogue::loop {

class PollPolicy {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr double kManyPerMs = 4;  ///< messages that were taken, in a window
  static constexpr std::chrono::milliseconds kWindow{16};
  static constexpr std::chrono::microseconds kLookout{100};                           ///< how long the next message is looked for
  static constexpr std::chrono::milliseconds kAwaitedMin{1000}, kAwaitedMax{32'000};  ///< before it is tried again to gather

  /// `between`: from the beginning of a turn to that of the next one, while messages gather. Zero: the loop always sleeps.
  explicit PollPolicy(std::chrono::microseconds between) : between_(between) {}

  /// A turn begins; `taken` messages were taken so far, ever.
  void begin(Clock::time_point now, std::uint64_t taken) {
    begun_ = now;
    if (now - window_begun_ >= kWindow) end_window(now, taken);
  }

  [[nodiscard]] bool gathers() const { return state_ == State::gathers; }
  /// The turn is over, while messages gather: how long to sleep before the next; zero or less: not at all.
  [[nodiscard]] Clock::duration rest(Clock::time_point now) const { return begun_ + between_ - now; }

  /// Whether to look for messages, for kLookout, before sleeping.
  [[nodiscard]] bool awaits() const { return state_ == State::awaits; }
  /// Whether that found one.
  void looked_out(bool has_found) { (has_found ? found_ : missed_) += 1; }

 private:
  enum class State : std::uint8_t {
    sleeps,
    gathers,
    checks,  ///< far fewer came: because they were kept waiting, if twice as many come without it
    awaits,
  };

  void end_window(Clock::time_point now, std::uint64_t taken) {
    const std::chrono::duration<double, std::milli> passed = now - window_begun_;
    const double per_ms = static_cast<double>(taken - taken_before_) / passed.count();
    window_begun_ = now;
    taken_before_ = taken;
    state_ = next_state(now, per_ms);
  }

  State next_state(Clock::time_point now, double per_ms) {
    if (state_ == State::gathers) {
      if (per_ms * 2 >= per_ms_before_) return State::gathers;
      per_ms_before_ = per_ms;
      return State::checks;
    }
    if (per_ms < kManyPerMs || between_ == Clock::duration::zero()) return State::sleeps;
    if (state_ == State::checks && per_ms >= 2 * per_ms_before_) await_for_longer(now);
    if (now >= gather_again_) {
      per_ms_before_ = per_ms;
      return State::gathers;
    }
    is_found_as_a_rule_ = is_found_as_a_rule_ && found_ >= missed_;
    found_ = missed_ = 0;
    return is_found_as_a_rule_ ? State::awaits : State::sleeps;
  }

  /// Twice as long each time, until messages were coalesced for as long as they were awaited.
  void await_for_longer(Clock::time_point now) {
    const bool has_gone_well = now - gather_again_ >= awaited_;
    awaited_ = has_gone_well ? kAwaitedMin : std::min<Clock::duration>(2 * awaited_, kAwaitedMax);
    gather_again_ = now + awaited_;
    is_found_as_a_rule_ = true;
  }

  Clock::duration between_, awaited_{};
  Clock::time_point begun_, window_begun_, gather_again_;
  std::uint64_t taken_before_ = 0;
  double per_ms_before_ = 0;  ///< gathers: when that began; checks: in its last window
  std::uint32_t found_ = 0, missed_ = 0;
  bool is_found_as_a_rule_ = false;
  State state_ = State::sleeps;
};

}  // namespace dialogue::loop
