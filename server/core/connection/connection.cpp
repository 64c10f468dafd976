// See connection.hpp.
#include "server/core/connection/connection.hpp"

#include <utility>

#include "server/core/connection/fanout.hpp"

namespace dialogue::core {

Membership* Connection::membership_in(std::string_view room_id) {
  const auto found =
      std::find_if(memberships.begin(), memberships.end(), [&](const Membership& each) { return each.local->id == room_id; });
  return found == memberships.end() ? nullptr : &*found;
}

void Connection::note(const Decided& decided, std::uint64_t unix_ms) {
  if (!decisions) {
    decisions = std::make_unique<DecisionRing>();
    for (const Membership& each : memberships)
      decisions->add({DecisionKind::joined, each.local->id, ErrorCode::ok, kNoEvent, each.started, each.local->epoch},
                     each.joined_s * kMsPerSecond);
  }
  decisions->add(decided, unix_ms);
}

void Connection::become(std::shared_ptr<const Identity> who) {
  identity = std::move(who);
  for (Membership& membership : memberships)
    if (membership.token) membership.token->identity = narrowed(identity, membership.token->identity->room_token);
}

void Connection::narrow(Membership& membership, std::shared_ptr<const TokenFacts> token, Time now) {
  membership.token = std::make_unique<RoomToken>(room_token(narrowed(identity, std::move(token)), now));
  rooms_due_ms = std::min(rooms_due_ms, membership.token->due_ms());
}

}  // namespace dialogue::core
