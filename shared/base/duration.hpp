// Durations as authors write them, in C++ and in JSON alike: "500ms" "30s" "1m" "12h" "7d". Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/base/limits.hpp"

namespace dialogue {

/// Returns a duration in milliseconds; no value for another form, such as one with leading zeros, for zero, and above 2^53-1 ms.
[[nodiscard]] constexpr std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  std::uint64_t count = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    count = count * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (count > kSafeIntegerMax) return std::nullopt;
  }
  const std::string_view unit = text.substr(digits);
  const std::uint64_t factor = unit == "ms"  ? 1
                               : unit == "s" ? 1'000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                               : unit == "d" ? 86'400'000
                                             : 0;
  const bool has_spare_zero = digits > 1 && text[0] == '0';
  if (digits == 0 || has_spare_zero || count == 0 || factor == 0 || count > kSafeIntegerMax / factor) return std::nullopt;
  return count * factor;
}

}  // namespace dialogue
