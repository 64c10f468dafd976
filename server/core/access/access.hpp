// Who may do what in a room: the definition's grants "*", "role:NAME", "user:ID", in which the parameter of the room's pattern
// may stand ("user:{id}" in "inbox-{id}"), and "token", which is every user who brought a token that names this very room; and
// what the session's token and that one say of rooms. All must allow it. Where none has a rule, anybody may do anything but
// manage. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "server/core/access/right.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

/// What `identity` lacks to do this in the room `room_id`, which has this definition, as words for the `forbidden` message
/// ("join needs role:admin", "join of this room is not in the token"); nothing when it may.
[[nodiscard]] std::optional<std::string> missing_right(const RoomDefinition& room, std::string_view room_id, Right right,
                                                       const Identity& identity);

/// What the tokens alone withhold, whether there is such a room or not: so that its answer tells nothing of rooms that are not
/// for its bearer.
[[nodiscard]] std::optional<std::string> missing_in_token(std::string_view room_id, Right right, const Identity& identity);

/// The same for publishing one event: the room's publish grants, the event's own and the tokens must hold.
[[nodiscard]] std::optional<std::string> missing_publish_right(const RoomDefinition& room, std::string_view room_id,
                                                               std::string_view event, const Identity& identity);

/// The tokens' part of that alone, as missing_in_token().
[[nodiscard]] std::optional<std::string> missing_publish_in_token(std::string_view room_id, std::string_view event,
                                                                  const Identity& identity);

}  // namespace dialogue::core
