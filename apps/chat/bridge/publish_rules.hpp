// What members may publish: the verdict on each event of a room, by the rows of the projection.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/store/database.hpp"

namespace chat {

/// A publication on its way.
struct Attempt {
  std::string_view room_id, user_id, event, payload;
  std::int64_t now_ms = 0;
};

struct Objection {
  std::string reason;
  bool is_passing = false;  ///< a retry may pass: the projection has not yet read the event that this one is about
};

/// Returns why a publication is refused, or nothing if it is allowed.
[[nodiscard]] std::optional<Objection> objection_to(Database& db, const Attempt& attempt);

/// Returns why a member's message must wait in a slow room. Returns nothing if it may be published, and notes its time.
/// Moderators and owners never wait.
[[nodiscard]] std::optional<std::string> wait_in_slow_room(Database& db, const Attempt& attempt);

}  // namespace chat
