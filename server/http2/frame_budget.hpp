// A rate limit for something that a peer does: a burst, which refills with time. Sans-io; not thread-safe.
#pragma once
#include <algorithm>
#include <cstdint>

#include "server/core/util/elapsed.hpp"

namespace dialogue::http2 {

class FrameBudget {
 public:
  FrameBudget(std::uint32_t max, std::uint32_t per_second) : max_(max), per_second_(per_second), left_(max) {}

  /// Takes one. False: there is none left.
  [[nodiscard]] bool spend(std::uint64_t now_ms) {
    refill(now_ms);
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  /// Gives some back, up to the maximum.
  void earn(std::uint32_t count) { left_ = std::min(max_, left_ + std::min(count, max_)); }

 private:
  void refill(std::uint64_t now_ms) {
    if (filled_ms_ == 0) filled_ms_ = now_ms;
    const std::uint64_t passed_ms = std::min<std::uint64_t>(core::elapsed_ms(now_ms, filled_ms_), kMsRemembered);
    const auto due = static_cast<std::uint32_t>(passed_ms * per_second_ / 1000);
    if (due == 0) return;
    earn(due);
    filled_ms_ = now_ms;
  }

  static constexpr std::uint64_t kMsRemembered = 60'000;

  const std::uint32_t max_, per_second_;
  std::uint32_t left_;
  std::uint64_t filled_ms_ = 0;
};

}  // namespace dialogue::http2
