// The token of an Authorization field (RFC 6750 section 2.1). Pure; safe from any thread.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace dialogue::api {

/// Whether `text` begins with `prefix`, which is in lower case, in any case.
[[nodiscard]] inline bool begins_ignoring_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [&](char a, char b) { return a == lower(b); });
}

/// Of "Bearer TOKEN"; empty when it is anything else.
[[nodiscard]] inline std::string bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (!begins_ignoring_case(authorization, kScheme)) return {};
  return std::string(authorization.substr(std::min(authorization.find_first_not_of(' ', kScheme.size()), authorization.size())));
}

}  // namespace dialogue::api
