// See rooms.hpp.
#include "apps/chat/store/rooms.hpp"

#include <algorithm>

#include "apps/chat/domain/text.hpp"

namespace chat {
namespace {

std::size_t count_in(Statement statement) { return statement.step() ? static_cast<std::size_t>(statement.integer(0)) : 0; }

Role role_from(std::int64_t value) { return static_cast<Role>(value); }

RoomView view_in(const Statement& row) {
  return {{row.text(0), row.text(1), row.text(2), row.integer(3) != 0, row.integer(6) != 0, row.integer(8)},
          row.is_null(4) ? std::nullopt : std::optional(role_from(row.integer(4))),
          static_cast<std::size_t>(row.integer(5)),
          row.text(7)};
}

}  // namespace

bool insert_room(Database& db, const Room& room, std::int64_t now_ms) {
  try {
    db.run("INSERT INTO room (id, name, name_key, topic, is_private, created) VALUES (?, ?, ?, ?, ?, ?)", room.id, room.name,
           folded(room.name), room.topic, room.is_private, now_ms);
    return true;
  } catch (const StoreFault& fault) {
    if (fault.is_duplicate()) return false;
    throw;
  }
}

std::optional<Room> find_room(Database& db, std::string_view id) {
  Statement row = db.query("SELECT id, name, topic, is_private, direct_pair IS NOT NULL, slow_s FROM room WHERE id = ?", id);
  if (!row.step()) return std::nullopt;
  return Room{row.text(0), row.text(1), row.text(2), row.integer(3) != 0, row.integer(4) != 0, row.integer(5)};
}

std::optional<RoomView> view_room(Database& db, std::string_view id, std::string_view user_id) {
  Statement row = db.query(
      "SELECT r.id, r.name, r.topic, r.is_private, m.role, (SELECT count(*) FROM member WHERE room = r.id), "
      "r.direct_pair IS NOT NULL, (SELECT user FROM member WHERE room = r.id AND user <> m.user AND r.direct_pair IS NOT NULL), "
      "r.slow_s FROM room r LEFT JOIN member m ON m.room = r.id AND m.user = ?2 "
      "WHERE r.id = ?1 AND (r.is_private = 0 OR m.role IS NOT NULL)",
      id, user_id);
  return row.step() ? std::optional(view_in(row)) : std::nullopt;
}

std::vector<RoomView> rooms_seen_by(Database& db, std::string_view user_id) {
  std::vector<RoomView> rooms;
  Statement rows = db.query(
      "SELECT r.id, r.name, r.topic, r.is_private, m.role, (SELECT count(*) FROM member WHERE room = r.id), "
      "r.direct_pair IS NOT NULL, (SELECT user FROM member WHERE room = r.id AND user <> m.user AND r.direct_pair IS NOT NULL), "
      "r.slow_s FROM room r LEFT JOIN member m ON m.room = r.id AND m.user = ? "
      "WHERE r.is_private = 0 OR m.role IS NOT NULL ORDER BY r.name_key, r.id",
      user_id);
  while (rows.step()) rooms.push_back(view_in(rows));
  return rooms;
}

DirectRoom open_direct(Database& db, std::string_view new_id, std::string_view user_id, std::string_view other_id,
                       std::int64_t now_ms) {
  const std::string pair = std::string(std::min(user_id, other_id)) + "~" + std::string(std::max(user_id, other_id));
  {
    Statement row = db.query("SELECT id FROM room WHERE direct_pair = ?", pair);
    if (row.step()) return {row.text(0), false};
  }
  db.run("INSERT INTO room (id, name, name_key, topic, is_private, created, direct_pair) VALUES (?, '', '', '', 1, ?, ?)", new_id,
         now_ms, pair);
  for (const auto& each : {user_id, other_id}) (void)insert_member(db, new_id, each, Role::member, now_ms);
  return {std::string(new_id), true};
}

std::vector<std::string> room_ids(Database& db) {
  std::vector<std::string> ids;
  Statement rows = db.query("SELECT id FROM room");
  while (rows.step()) ids.push_back(rows.text(0));
  return ids;
}

std::vector<std::string> room_ids_of(Database& db, std::string_view user_id) {
  std::vector<std::string> ids;
  Statement rows = db.query("SELECT room FROM member WHERE user = ?", user_id);
  while (rows.step()) ids.push_back(rows.text(0));
  return ids;
}

std::size_t count_rooms_of(Database& db, std::string_view user_id) {
  return count_in(db.query("SELECT count(*) FROM member WHERE user = ?", user_id));
}

std::optional<Role> role_in(Database& db, std::string_view room_id, std::string_view user_id) {
  Statement row = db.query("SELECT role FROM member WHERE room = ? AND user = ?", room_id, user_id);
  return row.step() ? std::optional(role_from(row.integer(0))) : std::nullopt;
}

bool insert_member(Database& db, std::string_view room_id, std::string_view user_id, Role role, std::int64_t now_ms) {
  return db.run("INSERT OR IGNORE INTO member (room, user, role, joined) VALUES (?, ?, ?, ?)", room_id, user_id,
                static_cast<std::int64_t>(role), now_ms) > 0;
}

void set_role(Database& db, std::string_view room_id, std::string_view user_id, Role role) {
  db.run("UPDATE member SET role = ? WHERE room = ? AND user = ?", static_cast<std::int64_t>(role), room_id, user_id);
}

void delete_member(Database& db, std::string_view room_id, std::string_view user_id) {
  db.run("DELETE FROM member WHERE room = ? AND user = ?", room_id, user_id);
}

std::size_t count_owners(Database& db, std::string_view room_id) {
  return count_in(
      db.query("SELECT count(*) FROM member WHERE room = ? AND role = ?", room_id, static_cast<std::int64_t>(Role::owner)));
}

std::vector<Member> members_of(Database& db, std::string_view room_id) {
  std::vector<Member> members;
  Statement rows = db.query(
      "SELECT u.id, u.name, u.display_name, m.role, u.hue FROM member m JOIN user u ON u.id = m.user WHERE m.room = ? "
      "ORDER BY m.role DESC, u.name_key",
      room_id);
  while (rows.step()) {
    User user{rows.text(0), rows.text(1), rows.text(2)};
    if (!rows.is_null(4)) user.hue = static_cast<unsigned>(rows.integer(4));
    members.push_back({std::move(user), role_from(rows.integer(3))});
  }
  return members;
}

void insert_outbox(Database& db, std::string_view room, std::string_view event, std::string_view payload) {
  db.run("INSERT INTO outbox (room, event, payload) VALUES (?, ?, ?)", room, event, payload);
}

std::optional<OutboxRow> first_of_outbox(Database& db) {
  Statement row = db.query("SELECT id, room, event, payload FROM outbox ORDER BY id LIMIT 1");
  if (!row.step()) return std::nullopt;
  return OutboxRow{row.integer(0), row.text(1), row.text(2), row.text(3)};
}

void delete_outbox(Database& db, std::int64_t id) { db.run("DELETE FROM outbox WHERE id = ?", id); }

}  // namespace chat
