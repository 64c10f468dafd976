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

/// Returns a room as text, without states and middleware, which such a room cannot have: the schema of states is in the
/// catalogue, and the steps of middleware are made when the server starts.
[[nodiscard]] std::string made_room_text(const RoomDefinition& room);
/// Reads a text of made_room_text(). Returns no value if it is not JSON, not UTF-8, or has no id.
[[nodiscard]] std::optional<RoomDefinition> read_made_room(std::string_view text);

/// Removes the events that the catalogue no longer has, and returns their names.
std::vector<std::string> drop_unknown_events(RoomDefinition& room, const CatalogueView& catalogue);

}  // namespace dialogue::core
