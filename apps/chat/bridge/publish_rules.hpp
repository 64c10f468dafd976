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
  bool is_passing = false;  ///< the projection has not read the event that it is about: try again
};

/// Why it is refused; nothing where it is allowed.
[[nodiscard]] std::optional<Objection> objection_to(Database& db, const Attempt& attempt);

/// Why a message of a member must wait in a slow room; nothing where it may be said, which is noted. Moderators and owners never
/// wait.
[[nodiscard]] std::optional<std::string> wait_in_slow_room(Database& db, const Attempt& attempt);

}  // namespace chat
