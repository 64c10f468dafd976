// Rows of what moderators have restricted in a room: bans and mutes, and when a member of a slow room has spoken last. Functions
// on a Database: the caller chooses the transaction.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store/database.hpp"

namespace chat {

inline constexpr std::int64_t kForGood = (std::int64_t{1} << 53) - 1;  ///< `until_ms` of what does not end by itself

struct Restriction {
  enum class Kind : std::uint8_t { ban, mute };
  std::string room_id, user_id;
  Kind kind = Kind::ban;
  std::string by{};  ///< the moderator
  std::int64_t until_ms = kForGood;
  std::string reason{};
  std::int64_t created_ms = 0;
};

/// Replaces the one of the same room, user and kind.
void insert_restriction(Database& db, const Restriction& restriction);
/// The one that holds at `now_ms`.
[[nodiscard]] std::optional<Restriction> find_restriction(Database& db, std::string_view room_id, std::string_view user_id,
                                                          Restriction::Kind kind, std::int64_t now_ms);
/// Those of a room that hold, the newest first; at most 200.
[[nodiscard]] std::vector<Restriction> restrictions_in(Database& db, std::string_view room_id, Restriction::Kind kind,
                                                       std::int64_t now_ms);
/// The bans of a user that hold, in any room; at most 500.
[[nodiscard]] std::vector<Restriction> bans_of(Database& db, std::string_view user_id, std::int64_t now_ms);
[[nodiscard]] std::size_t count_restrictions(Database& db, std::string_view room_id, Restriction::Kind kind, std::int64_t now_ms);
bool delete_restriction(Database& db, std::string_view room_id, std::string_view user_id, Restriction::Kind kind);

/// Seconds between two messages of a member; 0: no bound.
[[nodiscard]] std::int64_t slow_mode_of(Database& db, std::string_view room_id);
void set_slow_mode(Database& db, std::string_view room_id, std::int64_t seconds);
/// Notes that the user speaks now; the milliseconds to wait where that is too soon, and then nothing is noted.
[[nodiscard]] std::int64_t speak_slowly(Database& db, std::string_view room_id, std::string_view user_id, std::int64_t now_ms);

}  // namespace chat
