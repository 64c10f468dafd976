// From where on a member is sent a room's log. Pure functions.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/core/messages/membership_messages.hpp"
#include "server/core/room/room.hpp"

namespace dialogue::core {

/// The position at which a member begins to read, and why that is not the requested one.
struct JoinStart {
  std::uint64_t after = 0, base = 1;
  std::string_view reason;
};

/// The room's log is open. For the member it begins no earlier than where the application lets it read.
[[nodiscard]] JoinStart start_of(const Join& join, const Room& room);
/// Returns the kind of recovery as which a start with this reason counts.
[[nodiscard]] metrics::Recovery recovery_of(std::string_view reason);

}  // namespace dialogue::core
