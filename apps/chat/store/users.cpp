// See users.hpp.
#include "apps/chat/store/users.hpp"

#include "apps/chat/domain/accounts.hpp"

namespace chat {
namespace {

std::optional<unsigned> hue_in(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(static_cast<unsigned>(row.integer(column)));
}

std::optional<User> user_in(Statement statement) {
  if (!statement.step()) return std::nullopt;
  return User{statement.text(0), statement.text(1), statement.text(2), hue_in(statement, 3)};
}

Session session_in(const Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          {static_cast<std::uint64_t>(row.integer(3)), static_cast<std::uint64_t>(row.integer(4)),
           static_cast<std::uint64_t>(row.integer(5)), !row.is_null(6)}};
}

}  // namespace

bool insert_user(Database& db, const NewUser& user) {
  try {
    db.run("INSERT INTO user (id, name, name_key, skeleton, display_name, password, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
           user.id, user.name, key_of_user_name(user.name), skeleton_of_user_name(user.name), user.display_name,
           user.password_hash, user.created_ms);
    return true;
  } catch (const StoreFault& fault) {
    if (fault.is_duplicate()) return false;
    throw;
  }
}

std::optional<User> find_user(Database& db, std::string_view id) {
  return user_in(db.query("SELECT id, name, display_name, hue FROM user WHERE id = ?", id));
}

std::optional<User> find_user_by_name(Database& db, std::string_view name) {
  return user_in(db.query("SELECT id, name, display_name, hue FROM user WHERE name_key = ?", key_of_user_name(name)));
}

std::vector<User> find_users(Database& db, std::string_view text, std::size_t limit) {
  std::string escaped;
  for (const char each : text) {
    if (each == '%' || each == '_' || each == '\\') escaped += '\\';
    escaped += each;
  }
  std::vector<User> users;
  Statement rows = db.query(
      "SELECT id, name, display_name, hue FROM user WHERE name_key LIKE ?1 || '%' ESCAPE '\\' OR display_name LIKE '%' || ?1 || "
      "'%' "
      "ESCAPE '\\' "
      "ORDER BY name_key LIMIT ?2",
      escaped, limit);
  while (rows.step()) users.push_back({rows.text(0), rows.text(1), rows.text(2), hue_in(rows, 3)});
  return users;
}

std::optional<Profile> profile_of(Database& db, std::string_view user_id) {
  Statement row = db.query("SELECT display_name, email, hue FROM user WHERE id = ?", user_id);
  if (!row.step()) return std::nullopt;
  return Profile{row.text(0), row.is_null(1) ? std::nullopt : std::optional(row.text(1)), hue_in(row, 2)};
}

void set_profile(Database& db, std::string_view user_id, const Profile& profile) {
  db.run("UPDATE user SET display_name = ?, email = ?, hue = ? WHERE id = ?", profile.display_name, profile.email, profile.hue,
         user_id);
}

std::optional<std::string> password_hash_of(Database& db, std::string_view user_id) {
  Statement row = db.query("SELECT password FROM user WHERE id = ?", user_id);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

void set_password_hash(Database& db, std::string_view user_id, std::string_view hash) {
  db.run("UPDATE user SET password = ? WHERE id = ?", hash, user_id);
}

void insert_session(Database& db, const Session& session) {
  db.run("INSERT INTO session (id, user, device, generation, created_s, rotated_s) VALUES (?, ?, ?, ?, ?, ?)", session.id,
         session.user_id, session.device, session.state.generation, session.state.created_s, session.state.rotated_s);
}

std::optional<Session> find_session(Database& db, std::string_view id) {
  Statement row = db.query("SELECT id, user, device, generation, rotated_s, created_s, ended_s FROM session WHERE id = ?", id);
  return row.step() ? std::optional(session_in(row)) : std::nullopt;
}

std::vector<Session> sessions_of(Database& db, std::string_view user_id, std::uint64_t now_s) {
  std::vector<Session> sessions;
  Statement rows = db.query(
      "SELECT id, user, device, generation, rotated_s, created_s, ended_s FROM session WHERE user = ? AND ended_s IS NULL "
      "ORDER BY rotated_s DESC, id",
      user_id);
  while (rows.step())
    if (Session session = session_in(rows); is_alive(session.state, now_s)) sessions.push_back(std::move(session));
  return sessions;
}

void rotate_session(Database& db, std::string_view id, std::uint64_t generation, std::uint64_t now_s) {
  db.run("UPDATE session SET generation = ?, rotated_s = ? WHERE id = ?", generation, now_s, id);
}

bool end_session(Database& db, std::string_view id, std::uint64_t now_s) {
  return db.run("UPDATE session SET ended_s = ? WHERE id = ? AND ended_s IS NULL", now_s, id) > 0;
}

}  // namespace chat
