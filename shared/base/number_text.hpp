// Numbers as JSON text and back, whatever the locale. Shortest form that reads back as the same double.
// Pure; safe from any thread.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue {

/// `text` is a JSON number (RFC 8259 section 6). Nothing when it is too large for a double, or not a number.
[[nodiscard]] inline std::optional<double> parse_number(std::string_view text) {
#ifdef __cpp_lib_to_chars
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc{} && result.ptr == text.data() + text.size()) return value;
  if (result.ec != std::errc::result_out_of_range) return std::nullopt;
#endif
  // libc++ before 20 has no from_chars for doubles, and from_chars does not distinguish too large from too small. Both cases
  // use strtod, which reads ".": always in WebAssembly, where the locale is "C"; elsewhere only for the rare text that is out
  // of range.
  const std::string copy(text);
  char* end = nullptr;
  const double rare = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || !std::isfinite(rare)) return std::nullopt;
  return rare;
}

// <cstdio> does I/O, which is not allowed here: only its formatting of a number is needed, where std::to_chars has none.

/// Appends the fewest digits that read back as this double, which is finite, as "1.5e+00". Without std::to_chars, trailing zeros
/// may follow, and a power of two may have one digit more. Numbers are written in the locale "C".
inline void append_scientific(std::string& out, double value) {
  char text[32];  // the shortest form of a double takes at most 24 bytes
#ifdef __cpp_lib_to_chars
  out.append(text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr);
#else
  constexpr int kDigitsAlwaysKept = 15;
  for (int digits = kDigitsAlwaysKept; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    __builtin_snprintf(text, sizeof text, "%.*e", digits - 1, value);
    if (std::strtod(text, nullptr) == value) break;  // the last one always reads back
  }
  out += text;
#endif
}

/// NaN and the infinities, which JSON does not have, become null: the validator then reports the fault.
inline void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
#ifdef __cpp_lib_to_chars
  char text[32];  // the shortest form of a double takes at most 24 bytes
  out.append(text, std::to_chars(text, text + sizeof text, value == 0 ? 0.0 : value).ptr);
#else
  char text[32];
  for (int digits = 15; digits <= std::numeric_limits<double>::max_digits10; ++digits) {  // the last one always reads back
    __builtin_snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
    if (std::strtod(text, nullptr) == value) break;
  }
  out += text;
#endif
}

}  // namespace dialogue
