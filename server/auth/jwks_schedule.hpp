// Decides when a JWKS URL is fetched: after the lifetime of its answers, soon after a failure, and for an unknown key, but with
// a limit, so that tokens cannot cause a flood of requests. Values only; time is an argument.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "server/core/util/time.hpp"

namespace dialogue::auth {

class JwksSchedule {
 public:
  static constexpr std::uint64_t kAgeMinMs = 60'000, kAgeMaxMs = 86'400'000, kAgeDefaultMs = 300'000;
  static constexpr std::uint64_t kAfterFailureMs = 30'000;  ///< while there are keys
  static constexpr std::uint64_t kWithoutKeysMs = 5'000;    ///< while there were never any
  static constexpr std::uint64_t kSayAgainMs = 60'000;      ///< between loud lines of one outage
  static constexpr std::uint64_t kUnknownKeyMs = 30'000;    ///< between fetches for unknown keys

  /// The time of the next regular fetch; immediately at the start.
  [[nodiscard]] std::uint64_t due_ms() const { return due_ms_; }
  /// Whether an unknown key is reason enough now; counts as one when it is.
  [[nodiscard]] bool take_unknown_key(std::uint64_t now_ms) {
    if (!has_keys_ || now_ms < next_unknown_ms_) return false;  // without keys the next fetch is near anyway
    next_unknown_ms_ = now_ms + kUnknownKeyMs;
    return true;
  }
  /// `max_age_s`: of Cache-Control, where there was one. Returns whether this ends an outage.
  [[nodiscard]] bool fetched(std::optional<std::uint64_t> max_age_s, std::uint64_t now_ms) {
    const std::uint64_t asked_s =
        std::min(max_age_s.value_or(kAgeDefaultMs / core::kMsPerSecond), kAgeMaxMs / core::kMsPerSecond);
    due_ms_ = now_ms + std::max(asked_s * core::kMsPerSecond, kAgeMinMs);
    has_keys_ = true;
    return std::exchange(is_down_, false);
  }
  /// Returns whether to notify an operator: at the beginning of an outage, and each minute that it lasts.
  [[nodiscard]] bool failed(std::uint64_t now_ms) {
    due_ms_ = now_ms + (has_keys_ ? kAfterFailureMs : kWithoutKeysMs);
    if (std::exchange(is_down_, true) && now_ms < say_ms_) return false;
    say_ms_ = now_ms + kSayAgainMs;
    return true;
  }
  [[nodiscard]] bool has_keys() const { return has_keys_; }

 private:
  std::uint64_t due_ms_ = 0, next_unknown_ms_ = 0, say_ms_ = 0;
  bool has_keys_ = false, is_down_ = false;
};

}  // namespace dialogue::auth
