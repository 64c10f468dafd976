// Whether the store that all shards share still takes what one shard appends: written by the shard's loop, read from any thread
// by the answer to /ready. A store may open logs and yet keep nothing: that is what this is for.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::loop {

class AppendHealth {
 public:
  /// The time for which a refused append counts: the next one that is kept ends it earlier.
  static constexpr std::uint64_t kRefusedCountsMs = 10'000;

  void asked(std::uint64_t now_ms) {
    // The time first: a reader that sees the count would else see the time of an append that was answered long ago.
    if (due_.load(std::memory_order_relaxed) == 0) moved_ms_.store(now_ms, std::memory_order_relaxed);
    due_.fetch_add(1, std::memory_order_release);
  }
  void answered(const std::vector<core::StoreStatus>& statuses, std::uint64_t now_ms) {
    due_.fetch_sub(1, std::memory_order_relaxed);
    moved_ms_.store(now_ms, std::memory_order_relaxed);
    const auto is_any = [&statuses](auto... wanted) {
      return std::any_of(statuses.begin(), statuses.end(), [=](core::StoreStatus each) { return ((each == wanted) || ...); });
    };
    if (is_any(core::StoreStatus::ok))
      refused_ms_.store(kNever, std::memory_order_relaxed);
    else if (is_any(core::StoreStatus::full, core::StoreStatus::busy, core::StoreStatus::failed))
      refused_ms_.store(now_ms, std::memory_order_relaxed);
  }

  /// Returns false if a pending call had no answer for `patience_ms`, or the last answer was a refusal.
  [[nodiscard]] bool is_well(std::uint64_t now_ms, std::uint64_t patience_ms) const {
    const std::uint64_t refused_ms = refused_ms_.load(std::memory_order_relaxed);
    if (refused_ms != kNever && now_ms < refused_ms + kRefusedCountsMs) return false;
    return due_.load(std::memory_order_acquire) == 0 || now_ms < moved_ms_.load(std::memory_order_relaxed) + patience_ms;
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  std::atomic<std::uint64_t> due_{0}, moved_ms_{0}, refused_ms_{kNever};
};

}  // namespace dialogue::loop
