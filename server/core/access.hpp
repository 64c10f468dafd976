// Who may do what in a room: grants "*", "role:NAME" and "user:ID". Without a rule anybody may do anything but manage.
// Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/identity.hpp"
#include "shared/definitions.hpp"

namespace dialogue {

enum class Right : std::uint8_t { join, publish, history, presence, manage };

/// What `identity` lacks to do this, as words for the `forbidden` message ("join needs role:admin"); nothing when it may.
[[nodiscard]] std::optional<std::string> missing_grant(const Access& access, Right right, const Identity& identity);

/// The same for publishing one event: the room's publish grants and the event's own must both hold.
[[nodiscard]] std::optional<std::string> missing_publish_grant(const Access& access, std::string_view event,
                                                               const Identity& identity);

}  // namespace dialogue
