// See invitations.hpp.
#include "apps/chat/store/invitations.hpp"

namespace chat {
namespace {

Invitation invitation_in(const Statement& row) {
  return {row.text(0),    row.text(1),   row.text(2), row.text(3), row.text(4), static_cast<std::size_t>(row.integer(5)),
          row.integer(6), row.integer(7)};
}

std::optional<Invitation> one_of(Statement row) { return row.step() ? std::optional(invitation_in(row)) : std::nullopt; }

std::vector<Invitation> all_of(Statement rows) {
  std::vector<Invitation> all;
  while (rows.step()) all.push_back(invitation_in(rows));
  return all;
}

template <typename... Values>
Statement rows_where(Database& db, const std::string& condition, const Values&... values) {
  static const std::string all =
      "SELECT id, room, inviter, invitee, code_hash, uses_left, created, expires FROM invitation WHERE ";
  return db.query((all + condition).c_str(), values...);
}

std::optional<std::string> or_null(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

}  // namespace

void insert_invitation(Database& db, const Invitation& invitation) {
  db.run(
      "INSERT INTO invitation (id, room, inviter, invitee, code_hash, uses_left, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "?)",
      invitation.id, invitation.room_id, invitation.inviter_id, or_null(invitation.invitee_id), or_null(invitation.code_hash),
      invitation.uses_left, invitation.created_ms, invitation.expires_ms);
}

std::optional<Invitation> find_invitation(Database& db, std::string_view id, std::int64_t now_ms) {
  return one_of(rows_where(db, "id = ? AND expires > ?", id, now_ms));
}

std::optional<Invitation> find_invitation_by_code(Database& db, std::string_view code_hash, std::int64_t now_ms) {
  return one_of(rows_where(db, "code_hash = ? AND expires > ?", code_hash, now_ms));
}

std::optional<Invitation> invitation_of(Database& db, std::string_view room_id, std::string_view user_id, std::int64_t now_ms) {
  return one_of(rows_where(db, "room = ? AND invitee = ? AND expires > ?", room_id, user_id, now_ms));
}

std::vector<Invitation> invitations_to(Database& db, std::string_view user_id, std::int64_t now_ms) {
  return all_of(rows_where(db, "invitee = ? AND expires > ? ORDER BY created DESC LIMIT 100", user_id, now_ms));
}

std::vector<Invitation> invitations_in(Database& db, std::string_view room_id, std::int64_t now_ms) {
  return all_of(rows_where(db, "room = ? AND expires > ? ORDER BY created DESC LIMIT 100", room_id, now_ms));
}

std::size_t count_invitations_by(Database& db, std::string_view inviter_id, std::int64_t since_ms) {
  Statement row = db.query("SELECT count(*) FROM invitation WHERE inviter = ? AND created > ?", inviter_id, since_ms);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

void use_invitation(Database& db, const Invitation& invitation) {
  if (invitation.uses_left <= 1) return delete_invitation(db, invitation.id);
  db.run("UPDATE invitation SET uses_left = uses_left - 1 WHERE id = ?", invitation.id);
}

void delete_invitation(Database& db, std::string_view id) { db.run("DELETE FROM invitation WHERE id = ?", id); }

void delete_expired_invitations(Database& db, std::int64_t now_ms) {
  db.run("DELETE FROM invitation WHERE expires <= ?", now_ms);
}

}  // namespace chat
