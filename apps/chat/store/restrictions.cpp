// See restrictions.hpp.
#include "apps/chat/store/restrictions.hpp"

namespace chat {
namespace {

constexpr std::int64_t kMsPerSecond = 1'000;

template <typename... Values>
Statement rows_where(Database& db, const std::string& condition, const Values&... values) {
  static const std::string all = "SELECT room, user, kind, by, until, reason, created FROM restriction WHERE ";
  return db.query((all + condition).c_str(), values...);
}

Restriction restriction_in(const Statement& row) {
  return {row.text(0), row.text(1),   static_cast<Restriction::Kind>(row.integer(2)), row.text(3), row.integer(4),
          row.text(5), row.integer(6)};
}

std::vector<Restriction> all_of(Statement rows) {
  std::vector<Restriction> all;
  while (rows.step()) all.push_back(restriction_in(rows));
  return all;
}

std::int64_t number_of(Restriction::Kind kind) { return static_cast<std::int64_t>(kind); }

}  // namespace

void insert_restriction(Database& db, const Restriction& restriction) {
  db.run("INSERT OR REPLACE INTO restriction (room, user, kind, by, until, reason, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
         restriction.room_id, restriction.user_id, number_of(restriction.kind), restriction.by, restriction.until_ms,
         restriction.reason, restriction.created_ms);
}

std::optional<Restriction> find_restriction(Database& db, std::string_view room_id, std::string_view user_id,
                                            Restriction::Kind kind, std::int64_t now_ms) {
  Statement row = rows_where(db, "room = ? AND user = ? AND kind = ? AND until > ?", room_id, user_id, number_of(kind), now_ms);
  return row.step() ? std::optional(restriction_in(row)) : std::nullopt;
}

std::vector<Restriction> restrictions_in(Database& db, std::string_view room_id, Restriction::Kind kind, std::int64_t now_ms) {
  return all_of(
      rows_where(db, "room = ? AND kind = ? AND until > ? ORDER BY created DESC LIMIT 200", room_id, number_of(kind), now_ms));
}

std::vector<Restriction> bans_of(Database& db, std::string_view user_id, std::int64_t now_ms) {
  return all_of(
      rows_where(db, "user = ? AND kind = ? AND until > ? LIMIT 500", user_id, number_of(Restriction::Kind::ban), now_ms));
}

std::size_t count_restrictions(Database& db, std::string_view room_id, Restriction::Kind kind, std::int64_t now_ms) {
  Statement row =
      db.query("SELECT count(*) FROM restriction WHERE room = ? AND kind = ? AND until > ?", room_id, number_of(kind), now_ms);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

bool delete_restriction(Database& db, std::string_view room_id, std::string_view user_id, Restriction::Kind kind) {
  return db.run("DELETE FROM restriction WHERE room = ? AND user = ? AND kind = ?", room_id, user_id, number_of(kind)) > 0;
}

std::int64_t slow_mode_of(Database& db, std::string_view room_id) {
  Statement row = db.query("SELECT slow_s FROM room WHERE id = ?", room_id);
  return row.step() ? row.integer(0) : 0;
}

void set_slow_mode(Database& db, std::string_view room_id, std::int64_t seconds) {
  db.run("UPDATE room SET slow_s = ? WHERE id = ?", seconds, room_id);
  db.run("DELETE FROM slow_said WHERE room = ?", room_id);
}

std::int64_t speak_slowly(Database& db, std::string_view room_id, std::string_view user_id, std::int64_t now_ms) {
  const std::int64_t pause_ms = slow_mode_of(db, room_id) * kMsPerSecond;
  if (pause_ms == 0) return 0;
  {
    Statement row = db.query("SELECT at FROM slow_said WHERE room = ? AND user = ?", room_id, user_id);
    if (row.step() && row.integer(0) + pause_ms > now_ms) return row.integer(0) + pause_ms - now_ms;
  }
  db.run("INSERT OR REPLACE INTO slow_said (room, user, at) VALUES (?, ?, ?)", room_id, user_id, now_ms);
  return 0;
}

}  // namespace chat
