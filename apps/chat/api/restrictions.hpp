// What a restricted user reads, and whether a ban keeps a user out of a room: for each call that makes a member.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/chat/api/fields.hpp"
#include "apps/chat/store/restrictions.hpp"

namespace chat {

/// "You are banned from this room until 2026-11-28 20:15 UTC: spam." `verb`: "banned from" or "muted in". Without an end and
/// without a reason their parts are left out.
[[nodiscard]] std::string restriction_words(std::string_view verb, std::int64_t until_ms, bool has_end, std::string_view reason);

[[nodiscard]] inline std::string words_of(const Restriction& restriction) {
  const std::string_view verb = restriction.kind == Restriction::Kind::ban ? "banned from" : "muted in";
  return restriction_words(verb, restriction.until_ms, restriction.until_ms != kForGood, restriction.reason);
}

/// Refuses whom a ban keeps out, with the reason.
inline void check_ban(Database& db, std::string_view room_id, std::string_view user_id, std::int64_t now_ms) {
  if (const auto ban = find_restriction(db, room_id, user_id, Restriction::Kind::ban, now_ms))
    refuse(FaultCode::banned, words_of(*ban), "room");
}

}  // namespace chat
