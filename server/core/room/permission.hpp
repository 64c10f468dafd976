// CAN: may a client do this in a room? Judged at the room's owner shard, which alone knows rooms that were made at run time, by
// the functions that judge the deed itself. Pure functions.
#pragma once
#include <cstdint>
#include <optional>

#include "server/core/messages/room_rules.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue::core {

/// Returns `forbidden` if the room's `channels` do not name the connection's transport.
[[nodiscard]] std::optional<Error> transport_refusal(const RoomRules& rules, TransportKind transport);

/// Returns why the query is refused; no value if it is permitted. `rules`: those of the room; null if the room does not exist.
/// Does not ask hooks of the application.
[[nodiscard]] std::optional<Error> refusal_of(const PermissionQuery& query, const RoomRules* rules,
                                              const CatalogueView& catalogue);

/// REPLY: {"allowed":true}, or {"allowed":false,"reason":"publish needs role:admin"}.
[[nodiscard]] SharedBytes permission_frame(std::uint64_t req, const std::optional<Error>& refusal);

}  // namespace dialogue::core
