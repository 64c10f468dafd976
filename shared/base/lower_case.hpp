// Lower case of ASCII letters, whatever the locale. Pure; safe from any thread.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace dialogue {

/// Other bytes stay as they are.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace dialogue
