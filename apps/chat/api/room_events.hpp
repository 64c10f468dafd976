// The events by which a room learns of a change in the database, and a user's counts of a room. Events are written to the outbox
// in the transaction of the change.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/chat/domain/roles.hpp"
#include "apps/chat/store/database.hpp"

namespace chat {

/// The event `member`: what has changed in the list of members.
struct MemberChange {
  std::string_view room_id, user_id;
  std::string_view change;        ///< "joined", "left", "removed", "banned" or "role"
  std::optional<Role> role = {};  ///< the member's from now on
  std::string_view by = {};       ///< who did it, where that is another user
};

void say_member(Database& db, const MemberChange& change);

/// The event `message.delete`.
void say_deleted(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view by);

/// {room, mark, unread, mentions, head}: what a user has not read of a room, counted up to the event `head`.
[[nodiscard]] boost::json::object counts_of(Database& db, std::string_view room_id, std::string_view user_id);

}  // namespace chat
