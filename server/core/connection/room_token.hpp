// A token of a JOIN for its room: it restricts what the session may do there, and adds nothing. Each membership with one has
// its own identity, which is used for every check in that room. Values and pure functions. docs/decisions/223-room-tokens.md
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

struct RoomToken {
  std::shared_ptr<const Identity> identity;  ///< the session's, with the token in it
  std::uint64_t renew_at_ms = kNever;        ///< monotonic: when to request another; kNever: it was requested, or is useless
  std::uint64_t ends_at_ms = kNever;         ///< monotonic: when the membership ends with it

  [[nodiscard]] std::uint64_t due_ms() const { return std::min(renew_at_ms, ends_at_ms); }
};

/// What narrows one membership.
struct Narrowing {
  std::optional<RoomToken> token;  ///< that its JOIN brought
  std::uint64_t history_from = 0;  ///< the first sequence that the member may read; 0: all
  bool is_unasked = false;         ///< that is so until the application is asked about the client's join
};

/// Returns a session's identity, restricted by a token for a room; the session's own for a null token.
[[nodiscard]] std::shared_ptr<const Identity> narrowed(const std::shared_ptr<const Identity>& session,
                                                       std::shared_ptr<const TokenFacts> token);

/// Returns the membership's token with its times. `identity` has a room token.
[[nodiscard]] RoomToken room_token(std::shared_ptr<const Identity> identity, Time now);

/// Whether a token that was brought for a room is the session's own, or one with the same claims.
[[nodiscard]] inline bool says_the_same(const TokenFacts& token, const TokenFacts* session) {
  return session != nullptr && token.digest != 0 && token.digest == session->digest;
}

/// Returns the facts of a token that `user_id` presented for a room, from the identity source's verdict; or why it is invalid.
[[nodiscard]] std::variant<std::shared_ptr<const TokenFacts>, Error> facts_of(AuthResult&& verdict, std::string_view user_id);

}  // namespace dialogue::core
