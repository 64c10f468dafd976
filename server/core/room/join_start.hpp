// From where on a member is sent a room's log. Pure functions.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/core/messages/membership_messages.hpp"
#include "server/core/room/room.hpp"

namespace dialogue::core {

/// Where a member's reading begins, and why that is not where it asked for.
struct JoinStart {
  std::uint64_t after = 0, base = 1;
  std::string_view reason;
};

/// The first sequence that this member may read; 0: all of the log. At most the head's next.
[[nodiscard]] std::uint64_t history_from_of(const Join& join, const RoomLog& log);
/// The room's log is open. For the member it begins no earlier than history_from_of().
[[nodiscard]] JoinStart start_of(const Join& join, const Room& room);
/// As which recovery it counts.
[[nodiscard]] metrics::Recovery recovery_of(std::string_view reason);

}  // namespace dialogue::core
