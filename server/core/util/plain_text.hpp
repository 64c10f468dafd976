// Unchecked text of the application: reasons, names, messages of exceptions. Pure functions.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "shared/json/json_text.hpp"

namespace dialogue::core {

[[nodiscard]] inline bool is_utf8(std::string_view text) {
  const std::string quoted = json_string(text);
  return json_value_length(quoted) == quoted.size();  // the reader refuses what is not UTF-8
}

/// UTF-8 without control characters.
[[nodiscard]] inline bool is_plain_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return std::none_of(text.begin(), text.end(), is_control) && is_utf8(text);
}

/// Appends `text` as a JSON string, whatever it is: where it is not UTF-8, each byte beyond ASCII becomes "?".
inline void append_any_text(std::string& out, std::string_view text) {
  if (is_utf8(text)) return append_json_string(out, text);
  std::string ascii(text);
  std::replace_if(
      ascii.begin(), ascii.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  append_json_string(out, ascii);
}

}  // namespace dialogue::core
