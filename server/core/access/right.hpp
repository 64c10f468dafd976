// The rights in a room, and their names in definitions, tokens and requests.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dialogue::core {

enum class Right : std::uint8_t { join, publish, history, presence, manage };

/// In the order of Right.
inline constexpr std::array<std::string_view, 5> kRightNames = {"join", "publish", "history", "presence", "manage"};

[[nodiscard]] constexpr std::string_view right_name(Right right) { return kRightNames.at(static_cast<std::size_t>(right)); }

[[nodiscard]] constexpr std::optional<Right> right_named(std::string_view name) {
  const auto* const found = std::find(kRightNames.begin(), kRightNames.end(), name);
  if (found == kRightNames.end()) return std::nullopt;
  return static_cast<Right>(found - kRightNames.begin());
}

}  // namespace dialogue::core
