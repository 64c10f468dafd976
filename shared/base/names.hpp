// The one rule for event names and room ids, and matching of room patterns. Used by both ends and by the loaders.
// Pure functions; safe from any thread.
#pragma once
#include <cstddef>
#include <string_view>

#include "shared/base/limits.hpp"

namespace dialogue {

[[nodiscard]] constexpr bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == ':' || c == '@' || c == '~';
}

/// As a key of a JavaScript object it would not be a key.
inline constexpr std::string_view kForbiddenName = "__proto__";

/// 1 to 128 of A-Z a-z 0-9 _ - . : @ ~, no "..", not "__proto__": safe in a path, a subject, a key and a JavaScript object.
[[nodiscard]] constexpr bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name == kForbiddenName) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (!is_name_byte(name[i]) || (name[i] == '.' && i > 0 && name[i - 1] == '.')) return false;
  return true;
}

/// Events of the server's own in push streams: "dialogue.open" and the like. No definition has such a name.
[[nodiscard]] constexpr bool is_reserved_event(std::string_view name) { return name.starts_with("dialogue."); }

/// Whether `name` may be that of a call or stream: short, so that the catalogue can append "~" and a word for its values.
[[nodiscard]] constexpr bool is_call_name(std::string_view name) {
  return is_name(name) && name.size() <= kCallNameBytesMax && name.find('~') == std::string_view::npos;
}

/// The code of an error that a call declares: 1 to 24 of a-z 0-9 _.
[[nodiscard]] constexpr bool is_call_error(std::string_view code) {
  if (code.empty() || code.size() > kCallErrorBytesMax) return false;
  for (const char c : code)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  return true;
}

/// A room id of a definition: a name in which at most one "{param}" (a C identifier) stands for one or more name bytes.
[[nodiscard]] constexpr bool is_room_pattern(std::string_view pattern) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return is_name(pattern);
  const std::size_t close = pattern.find('}', open);
  if (close == std::string_view::npos || close == open + 1 || pattern.size() > kNameBytesMax) return false;
  for (std::size_t i = open + 1; i < close; ++i) {
    const char c = pattern[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9' && i > open + 1)) return false;
  }
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if ((i < open || i > close) && !is_name_byte(pattern[i])) return false;
  return true;
}

/// Whether `text` has either no braces, or braces once, around the parameter of `pattern`: "user:{id}" for "inbox-{id}".
[[nodiscard]] constexpr bool names_parameter_of(std::string_view text, std::string_view pattern) {
  const std::size_t open = text.find('{'), close = text.find('}');
  if (open == std::string_view::npos && close == std::string_view::npos) return true;
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  if (text.find_first_of("{}", close + 1) != std::string_view::npos) return false;
  const std::size_t its_open = pattern.find('{');
  if (its_open == std::string_view::npos) return false;
  return text.substr(open, close + 1 - open) == pattern.substr(its_open, pattern.find('}', its_open) + 1 - its_open);
}

/// Length of the literal text before "{", which decides between two patterns that match: the longer one wins.
[[nodiscard]] constexpr std::size_t literal_prefix_length(std::string_view pattern) {
  const std::size_t open = pattern.find('{');
  return open == std::string_view::npos ? pattern.size() : open;
}

/// Length of a pattern without its parameter.
[[nodiscard]] constexpr std::size_t literal_length(std::string_view pattern) {
  const std::size_t open = pattern.find('{');
  return open == std::string_view::npos ? pattern.size() : pattern.size() - (pattern.find('}', open) + 1 - open);
}

/// Whether `id`, a valid name, is an instance of `pattern`; a pattern without a parameter matches itself only.
[[nodiscard]] constexpr bool matches_room_pattern(std::string_view pattern, std::string_view id) {
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return pattern == id;
  const std::string_view head = pattern.substr(0, open), tail = pattern.substr(pattern.find('}', open) + 1);
  return id.size() > head.size() + tail.size() && id.substr(0, head.size()) == head && id.substr(id.size() - tail.size()) == tail;
}

}  // namespace dialogue
