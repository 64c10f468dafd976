// Suspends a backend that fails repeatedly: after a number of failed requests in a row none is sent for a while, then one as a
// probe. A value of one thread; time is an argument.
#pragma once
#include <cstdint>

namespace dialogue::webhooks {

class CircuitBreaker {
 public:
  enum class State : std::uint8_t {
    closed,   ///< requests go
    open,     ///< no request is sent until its time is over
    probing,  ///< one is under way; the others wait for what comes of it
  };

  CircuitBreaker(std::uint32_t failures_max, std::uint64_t pause_ms) : failures_max_(failures_max), pause_ms_(pause_ms) {}

  [[nodiscard]] State state() const { return state_; }

  /// Whether a request may go now. The first one after the pause is the probe.
  [[nodiscard]] bool take(std::uint64_t now_ms) {
    if (state_ == State::closed) return true;
    if (state_ == State::probing || now_ms < closed_until_ms_) return false;
    state_ = State::probing;
    return true;
  }
  /// A request was answered. True when it was open until now.
  bool succeeded() {
    const bool was_open = state_ != State::closed;
    state_ = State::closed;
    failures_ = 0;
    return was_open;
  }
  /// A request failed. True when it opens by that, after having been closed. What is closed opens only by failures that count
  /// (FailureBlame).
  bool failed(std::uint64_t now_ms, bool counts = true) {
    const bool was_closed = state_ == State::closed;
    if (was_closed && (!counts || ++failures_ < failures_max_)) return false;
    state_ = State::open;
    closed_until_ms_ = now_ms + pause_ms_;
    return was_closed;
  }

 private:
  std::uint32_t failures_max_;
  std::uint64_t pause_ms_;
  State state_ = State::closed;
  std::uint32_t failures_ = 0;
  std::uint64_t closed_until_ms_ = 0;  ///< closed to requests
};

}  // namespace dialogue::webhooks
