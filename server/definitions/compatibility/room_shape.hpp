// The ids that a room pattern matches, regardless of its parameter's name. Pure.
#pragma once
#include <string>

namespace dialogue::definitions {

/// "game-{id}" -> "game-{}": two patterns with one shape match the same rooms. An id without parameter is its own shape.
[[nodiscard]] inline std::string room_shape(const std::string& pattern) {
  const std::size_t open = pattern.find('{');
  const std::size_t close = pattern.find('}');
  if (open == std::string::npos || close == std::string::npos) return pattern;
  return pattern.substr(0, open + 1) + pattern.substr(close);
}

}  // namespace dialogue::definitions
