// May a client join a room, or do this in it (CAN)? Judged by a room's rules; those of a room that was made at run time are
// known to its owner shard alone. Pure functions.
#pragma once
#include <cstdint>
#include <optional>

#include "server/core/messages/room_rules.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue::core {

/// Returns `forbidden` if the room's `channels` do not name the connection's transport.
[[nodiscard]] std::optional<Error> transport_refusal(const RoomRules& rules, TransportKind transport);

/// Returns why the join cannot be granted in a room with these rules; no value: it can.
[[nodiscard]] std::optional<Error> join_refusal(const Join& join, const RoomRules& rules, const CatalogueView& catalogue);

/// Returns why the query is refused; no value if it is permitted. `rules`: those of the room; null if the room does not exist.
/// Does not ask hooks of the application.
[[nodiscard]] std::optional<Error> refusal_of(const PermissionQuery& query, const RoomRules* rules,
                                              const CatalogueView& catalogue);

/// REPLY: {"allowed":true}, or {"allowed":false,"reason":"publish needs role:admin"}.
[[nodiscard]] SharedBytes permission_frame(std::uint64_t req, const std::optional<Error>& refusal);

}  // namespace dialogue::core
