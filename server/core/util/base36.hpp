// Numbers in base 36, as positions are written. Pure; safe from any thread.
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"

namespace dialogue::core {

inline void append_base36(std::string& out, std::uint64_t value) {
  constexpr int kBase = 36;
  std::array<char, 16> digits;  // 2^64 has 13 in base 36
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, kBase).ptr);
}

/// Lower-case digits without a sign or leading zeros.
[[nodiscard]] inline bool read_base36(std::string_view text, std::uint64_t& value, std::uint64_t largest = kSafeIntegerMax) {
  constexpr int kBase = 36;
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, kBase);
  return fault == std::errc{} && end == text.data() + text.size() && value <= largest;
}

}  // namespace dialogue::core
