// W3C's `traceparent`, in its version 00: https://www.w3.org/TR/trace-context. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dialogue {

inline constexpr std::size_t kTraceparentBytes = 55;

struct Traceparent {
  std::uint64_t trace_high = 0, trace_low = 0, span = 0;
  bool is_sampled = false;
};

/// Hexadecimal digits in lower case, at most 16 of them.
[[nodiscard]] constexpr std::optional<std::uint64_t> lower_hex_number(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char digit : digits) {
    const bool is_decimal = digit >= '0' && digit <= '9';
    if (!is_decimal && (digit < 'a' || digit > 'f')) return std::nullopt;
    number = number << 4 | static_cast<std::uint64_t>(is_decimal ? digit - '0' : digit - 'a' + 10);
  }
  return number;
}

/// "00-" 32 digits "-" 16 digits "-" 2 digits. Nothing for whatever is not exactly that: another version, upper case, an id of
/// zeros, other lengths.
[[nodiscard]] constexpr std::optional<Traceparent> read_traceparent(std::string_view text) {
  constexpr std::size_t kWordDigits = 16;
  if (text.size() != kTraceparentBytes || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto high = lower_hex_number(text.substr(3, kWordDigits)), low = lower_hex_number(text.substr(19, kWordDigits));
  const auto span = lower_hex_number(text.substr(36, kWordDigits)), flags = lower_hex_number(text.substr(53));
  if (!high || !low || !span || !flags || (*high | *low) == 0 || *span == 0) return std::nullopt;
  return Traceparent{*high, *low, *span, (*flags & 1) != 0};
}

}  // namespace dialogue
