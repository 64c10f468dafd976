// Rows of rooms and members, and the outbox: what the database must say in a room, published after the commit and once
// (bridge/outbox_publisher.hpp). Functions on a Database: the caller chooses the transaction.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/domain/roles.hpp"
#include "apps/chat/store/database.hpp"
#include "apps/chat/store/users.hpp"

namespace chat {

struct Room {
  std::string id, name, topic;
  bool is_private = false;
  bool is_direct = false;   ///< of two users
  std::int64_t slow_s = 0;  ///< seconds between two messages of a member; 0: no bound
};

struct Member {
  User user;
  Role role = Role::member;
};

/// A room as one user sees it.
struct RoomView {
  Room room;
  std::optional<Role> role;  ///< nothing: not a member
  std::size_t members = 0;
  std::string partner{};  ///< of a direct room: the other user's id
};

/// Returns false if a public room has this name.
[[nodiscard]] bool insert_room(Database& db, const Room& room, std::int64_t now_ms);
[[nodiscard]] std::optional<Room> find_room(Database& db, std::string_view id);
[[nodiscard]] std::optional<RoomView> view_room(Database& db, std::string_view id, std::string_view user_id);
/// The rooms of a user, and the public ones.
[[nodiscard]] std::vector<RoomView> rooms_seen_by(Database& db, std::string_view user_id);
[[nodiscard]] std::vector<std::string> room_ids_of(Database& db, std::string_view user_id);
[[nodiscard]] std::size_t count_rooms_of(Database& db, std::string_view user_id);

/// The direct room of two users, and whether it was created now.
struct DirectRoom {
  std::string id;
  bool is_new = false;
};
[[nodiscard]] DirectRoom open_direct(Database& db, std::string_view new_id, std::string_view user_id, std::string_view other_id,
                                     std::int64_t now_ms);
[[nodiscard]] std::vector<std::string> room_ids(Database& db);

[[nodiscard]] std::optional<Role> role_in(Database& db, std::string_view room_id, std::string_view user_id);
/// Returns false if the user is a member already.
[[nodiscard]] bool insert_member(Database& db, std::string_view room_id, std::string_view user_id, Role role,
                                 std::int64_t now_ms);
void set_role(Database& db, std::string_view room_id, std::string_view user_id, Role role);
void delete_member(Database& db, std::string_view room_id, std::string_view user_id);
[[nodiscard]] std::size_t count_owners(Database& db, std::string_view room_id);
/// Ordered by role, the owners first, then by name.
[[nodiscard]] std::vector<Member> members_of(Database& db, std::string_view room_id);

struct OutboxRow {
  std::int64_t id = 0;
  std::string room, event, payload;
};

void insert_outbox(Database& db, std::string_view room, std::string_view event, std::string_view payload);
[[nodiscard]] std::optional<OutboxRow> first_of_outbox(Database& db);
void delete_outbox(Database& db, std::int64_t id);

}  // namespace chat
