// Who may do what in a room. Three rules apply, and all must allow it. The definition's grants are "*", "role:NAME" and
// "user:ID", which may contain the parameter of the room's pattern ("user:{id}" in "inbox-{id}"), and "token", which matches
// users with a token for this very room. The other two are the rules of the session's token and of that room's token. Without
// any rule, every user may do anything but manage. Pure functions.
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

/// What `now` lacks, as missing_right(), and `before` did not.
[[nodiscard]] std::optional<std::string> lost_right(const RoomDefinition& room, std::string_view room_id, Right right,
                                                    const Identity& before, const Identity& now);

/// The restrictions of the tokens alone, whether the room exists or not, so that the answer reveals nothing about rooms that
/// are not for the bearer.
[[nodiscard]] std::optional<std::string> missing_in_token(std::string_view room_id, Right right, const Identity& identity);

/// The same for publishing one event: the room's publish grants, the event's own and the tokens must hold.
[[nodiscard]] std::optional<std::string> missing_publish_right(const RoomDefinition& room, std::string_view room_id,
                                                               std::string_view event, const Identity& identity);

/// The tokens' part of that alone, as missing_in_token().
[[nodiscard]] std::optional<std::string> missing_publish_in_token(std::string_view room_id, std::string_view event,
                                                                  const Identity& identity);

/// What `identity` lacks for a call or a stream, as words for the `forbidden` message; nothing when it may. Tokens' claims are
/// about rooms: they do not matter.
[[nodiscard]] std::optional<std::string> missing_call_right(const CallDefinition& call, const Identity& identity);

}  // namespace dialogue::core
