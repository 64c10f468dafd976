// Numbers as JSON text and back, whatever the locale. Shortest form that reads back as the same double.
// Pure; safe from any thread.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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
  // libc++ before 20 has no from_chars for doubles, and from_chars does not tell too large from too small. Both are told by
  // strtod, which reads ".": always in WebAssembly, where the locale is "C"; elsewhere it only has the rare text that is out of
  // range.
  const std::string copy(text);
  char* end = nullptr;
  const double rare = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || !std::isfinite(rare)) return std::nullopt;
  return rare;
}

/// NaN and the infinities, which JSON does not have, become null: the validator then says what is wrong.
inline void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char text[40];
#ifdef __cpp_lib_to_chars
  out.append(text, std::to_chars(text, text + sizeof text, value == 0 ? 0.0 : value).ptr);
#else
  for (int digits = 15; digits <= 17; ++digits) {  // 17 always read back (IEEE 754 double)
    std::snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
    if (std::strtod(text, nullptr) == value) break;
  }
  out += text;
#endif
}

}  // namespace dialogue
