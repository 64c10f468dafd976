// The definition of a room that was made at run time, as the text that a store keeps: JSON with the members that a definitions
// file gives a room. Members that this version does not know are passed over. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

/// Without states, whose schema is in the catalogue, and middleware, whose steps are made at the start: such a room has neither.
[[nodiscard]] std::string made_room_text(const RoomDefinition& room);
/// Reads a text of made_room_text(). Returns no value if it is not JSON, not UTF-8, or has no id.
[[nodiscard]] std::optional<RoomDefinition> read_made_room(std::string_view text);

/// Takes out the events that the catalogue has no more, and gives their names.
std::vector<std::string> drop_unknown_events(RoomDefinition& room, const CatalogueView& catalogue);

}  // namespace dialogue::core
