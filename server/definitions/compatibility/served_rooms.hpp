// Which room of a definition file serves which ids, and which patterns cross: match ids together of which neither matches all ids
// of the other. Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

/// The text before a pattern's parameter and the text behind it; of an id without parameter the id and "".
struct RoomEnds {
  std::string_view prefix, suffix;
  bool is_pattern = false;
};
[[nodiscard]] RoomEnds room_ends(std::string_view id);

/// The room that serves `id`, as CatalogueView::match_room() chooses it; nullptr when none does.
[[nodiscard]] const RoomDefinition* room_of(const std::vector<RoomDefinition>& rooms, std::string_view id);

/// Ids of which at least one stands for each different choice that `rooms` can make: every exact id, and one id for each pattern
/// and each two that cross that no more specific room takes where there is one.
[[nodiscard]] std::vector<std::string> telling_ids(const std::vector<const RoomDefinition*>& rooms);

/// Two patterns that cross, an id that both match, and the one of the two that serves it.
struct Crossing {
  const RoomDefinition *a, *b;
  std::string id;
  const RoomDefinition* serves;
};
/// At most kCrossingsShown of them.
inline constexpr std::size_t kCrossingsShown = 20;
[[nodiscard]] std::vector<Crossing> crossings(const std::vector<RoomDefinition>& rooms);

}  // namespace dialogue::definitions
