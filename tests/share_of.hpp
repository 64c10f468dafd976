// How much of a reliability figure a test runs: a hundredth every day, the whole where the environment has
// DIALOGUE_RELIABILITY=full
// (`npm run reliability` sets it). Use: for (std::size_t i = 0; i < share_of(100'000); ++i) ...
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace dialogue::testing {

inline constexpr std::size_t kEverydayShare = 100;

/// `whole`, or a hundredth of it (at least 1) in the everyday run.
[[nodiscard]] inline std::size_t share_of(std::size_t whole) {
  const char* asked = std::getenv("DIALOGUE_RELIABILITY");
  const bool is_whole = asked != nullptr && std::string_view(asked) == "full";
  return is_whole ? whole : std::max<std::size_t>(1, whole / kEverydayShare);
}

}  // namespace dialogue::testing
