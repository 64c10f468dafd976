// How often one client may do one thing: max_events at once, and again as window_ms / max_events pass for each.
// Exact in integers: time is counted in 1 / max_events of a millisecond, so that an event costs window_ms of it.
// A value of eight bytes; used by its shard only.
// Source: the generic cell rate algorithm, ITU-T I.371 annex A.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "shared/schema/definitions.hpp"

namespace dialogue::core {

/// A limit per second.
[[nodiscard]] inline std::optional<RateLimit> per_second(const std::optional<std::uint64_t>& count) {
  constexpr std::uint64_t kSecondMs = 1000;
  return count ? std::optional(RateLimit{*count, kSecondMs}) : std::nullopt;
}

class RateMeter {
 public:
  /// 0 when one more is allowed now, else after how many ms it will be. A limit of 0 events allows none within a window.
  [[nodiscard]] std::uint64_t wait_ms(const RateLimit& limit, std::uint64_t now_ms) const {
    if (limit.max_events == 0) return std::max<std::uint64_t>(limit.window_ms, 1);
    const std::uint64_t free_until = now_ms * limit.max_events + limit.window_ms * (limit.max_events - 1);
    return used_until_ <= free_until ? 0 : (used_until_ - free_until + limit.max_events - 1) / limit.max_events;
  }
  /// Whether the meter is in the state in which nothing was ever taken.
  [[nodiscard]] bool is_fresh(const RateLimit& limit, std::uint64_t now_ms) const {
    return used_until_ <= now_ms * limit.max_events;
  }
  /// The burst that is allowed now.
  [[nodiscard]] std::uint64_t left(const RateLimit& limit, std::uint64_t now_ms) const {
    const std::uint64_t now = now_ms * limit.max_events, all = limit.window_ms * limit.max_events;
    const std::uint64_t used = used_until_ > now ? used_until_ - now : 0;
    return used >= all || limit.window_ms == 0 ? 0 : (all - used) / limit.window_ms;
  }
  /// After how many ms it is_fresh(). Not for a limit of 0 events.
  [[nodiscard]] std::uint64_t full_in_ms(const RateLimit& limit, std::uint64_t now_ms) const {
    const std::uint64_t now = now_ms * limit.max_events;
    return used_until_ <= now ? 0 : (used_until_ - now + limit.max_events - 1) / limit.max_events;
  }
  /// `count` may exceed the rest of the limit: later events then wait longer.
  void take(const RateLimit& limit, std::uint64_t now_ms, std::uint64_t count = 1) {
    used_until_ = std::max(used_until_, now_ms * limit.max_events) + limit.window_ms * count;
  }
  /// The greater use of two counts.
  void merge(const RateMeter& other) { used_until_ = std::max(used_until_, other.used_until_); }

 private:
  std::uint64_t used_until_ = 0;
};

}  // namespace dialogue::core
