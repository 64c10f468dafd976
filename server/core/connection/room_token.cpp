// See room_token.hpp.
#include "server/core/connection/room_token.hpp"

#include <utility>

#include "shared/base/limits.hpp"

namespace dialogue::core {

std::shared_ptr<const Identity> narrowed(const std::shared_ptr<const Identity>& session,
                                         std::shared_ptr<const TokenFacts> token) {
  if (!token) return session;
  auto identity = std::make_shared<Identity>(*session);
  identity->room_token = std::move(token);
  return identity;
}

RoomToken room_token(std::shared_ptr<const Identity> identity, Time now) {
  const std::uint64_t left_ms = lasts_ms(*identity->room_token, now), over_ms = now.monotonic_ms + left_ms;
  // Within the leeway of clocks a token may have expired already: requesting another one immediately could repeat indefinitely.
  return {std::move(identity), left_ms > 0 ? over_ms : kNever, over_ms + kTokenGraceMs};
}

std::variant<std::shared_ptr<const TokenFacts>, Error> facts_of(AuthResult&& verdict, std::string_view user_id) {
  if (auto* refusal = std::get_if<Refusal>(&verdict)) return Error{refusal->code, std::move(refusal->reason), {}};
  const Identity& bearer = std::get<Identity>(verdict);
  if (bearer.user_id != user_id) return Error{ErrorCode::token_invalid, "it is another user's", {}};
  if (!bearer.token) return Error{ErrorCode::token_invalid, "it says nothing of rooms", {}};
  return bearer.token;
}

}  // namespace dialogue::core
