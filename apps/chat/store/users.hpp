// Rows of accounts and their sessions. Functions on a Database: the caller chooses the transaction.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/domain/rotation.hpp"
#include "apps/chat/store/database.hpp"

namespace chat {

struct User {
  std::string id, name, display_name;
  std::optional<unsigned> hue{};  ///< of the avatar's colour, 0 to 359; nothing: that of the id
};

/// What a user changes of their own.
struct Profile {
  std::string display_name;
  std::optional<std::string> email{};  ///< seen by the user alone
  std::optional<unsigned> hue{};
};

struct NewUser {
  std::string id, name, display_name, password_hash;
  std::int64_t created_ms = 0;
};

/// Returns false if the name, or one that looks like it, is taken.
[[nodiscard]] bool insert_user(Database& db, const NewUser& user);
[[nodiscard]] std::optional<User> find_user(Database& db, std::string_view id);
[[nodiscard]] std::optional<User> find_user_by_name(Database& db, std::string_view name);
/// Returns the users whose name begins with a text or whose display name contains it, ordered by name, at most `limit`.
[[nodiscard]] std::vector<User> find_users(Database& db, std::string_view text, std::size_t limit);
[[nodiscard]] std::optional<Profile> profile_of(Database& db, std::string_view user_id);
void set_profile(Database& db, std::string_view user_id, const Profile& profile);
[[nodiscard]] std::optional<std::string> password_hash_of(Database& db, std::string_view user_id);
void set_password_hash(Database& db, std::string_view user_id, std::string_view hash);

struct Session {
  std::string id, user_id, device;
  SessionState state;
};

void insert_session(Database& db, const Session& session);
[[nodiscard]] std::optional<Session> find_session(Database& db, std::string_view id);
/// Returns a user's sessions that have not ended, the last used first.
[[nodiscard]] std::vector<Session> sessions_of(Database& db, std::string_view user_id, std::uint64_t now_s);
void rotate_session(Database& db, std::string_view id, std::uint64_t generation, std::uint64_t now_s);
/// Returns false if the session does not exist or has already ended.
bool end_session(Database& db, std::string_view id, std::uint64_t now_s);

}  // namespace chat
