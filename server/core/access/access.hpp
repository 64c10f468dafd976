// What a user may do in a room. Three rules apply, and all must allow it. The definition's grants are "*", "role:NAME" and
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

/// Returns what `identity` lacks for `right` in the room `room_id`, which has the definition `room`, as a text for the
/// `forbidden` message ("join needs role:admin", "join of this room is not in the token"). No value: it may.
[[nodiscard]] std::optional<std::string> missing_right(const RoomDefinition& room, std::string_view room_id, Right right,
                                                       const Identity& identity);

/// Like missing_right(), but returns only what `now` lacks and `before` did not.
[[nodiscard]] std::optional<std::string> lost_right(const RoomDefinition& room, std::string_view room_id, Right right,
                                                    const Identity& before, const Identity& now);

/// Like missing_right(), but applies only the restrictions of the tokens, whether the room exists or not, so that the answer
/// reveals nothing about rooms that are not for the bearer.
[[nodiscard]] std::optional<std::string> missing_in_token(std::string_view room_id, Right right, const Identity& identity);

/// Returns what `identity` lacks to publish `event` in the room: the room's publish grants, the event's own grants and the
/// tokens must all allow it. No value: it may.
[[nodiscard]] std::optional<std::string> missing_publish_right(const RoomDefinition& room, std::string_view room_id,
                                                               std::string_view event, const Identity& identity);

/// Like missing_publish_right(), but applies only the restrictions of the tokens, like missing_in_token().
[[nodiscard]] std::optional<std::string> missing_publish_in_token(std::string_view room_id, std::string_view event,
                                                                  const Identity& identity);

/// Returns what `identity` lacks for a call or a stream, as a text for the `forbidden` message. No value: it may. Claims of
/// tokens are about rooms, so they do not matter here.
[[nodiscard]] std::optional<std::string> missing_call_right(const CallDefinition& call, const Identity& identity);

}  // namespace dialogue::core
