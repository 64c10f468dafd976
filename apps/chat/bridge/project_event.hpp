// One event of a room's log as rows of chat.db. The page folds the same events in the same way (web/src/fold.ts).
#pragma once
#include <cstdint>
#include <string_view>

#include "apps/chat/store/database.hpp"

namespace chat {

/// An event as it stands in the log.
struct LoggedEvent {
  std::uint64_t seq = 0;
  std::int64_t at_ms = 0;
  std::string_view name, from, payload;  ///< payload: JSON that fits the definitions
};

void project(Database& db, std::string_view room_id, const LoggedEvent& event);

}  // namespace chat
