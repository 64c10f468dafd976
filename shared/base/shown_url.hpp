// URLs as operators may see them. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace dialogue {

/// A name, a password and a query become "***", because they may contain keys and signatures. Other texts are unchanged.
[[nodiscard]] inline std::string shown_url(std::string_view text) {
  constexpr std::string_view kScheme = "://", kMask = "***";
  const std::size_t scheme = text.find(kScheme);
  if (scheme == std::string_view::npos) return std::string(text);
  std::string shown(text.substr(0, text.find_first_of("?#", scheme)));
  if (shown.size() < text.size()) shown.append("?").append(kMask);
  const std::size_t authority = shown.rfind(kScheme) + kScheme.size();  // in ISSUER=URL that of the URL
  const std::size_t at = shown.substr(0, shown.find('/', authority)).rfind('@');
  if (at != std::string::npos && at >= authority) shown.replace(authority, at - authority, kMask);
  return shown;
}

}  // namespace dialogue
