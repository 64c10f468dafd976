// See connection.hpp.
#include "server/core/connection/connection.hpp"

#include <utility>

#include "server/core/connection/fanout.hpp"

namespace dialogue::core {
namespace {

/// The worst code of the revocations for which `covers` holds.
template <typename Covers>
std::optional<ErrorCode> refusal_among(const PendingVerdicts* verdicts, const TokenFacts* judged, const Covers& covers) {
  std::optional<ErrorCode> code;
  if (verdicts == nullptr) return code;
  for (const Revocation& each : verdicts->revoked_meanwhile)
    if (code != ErrorCode::token_revoked && covers(each)) code = refusal_by(judged, each);
  return code;
}

}  // namespace

std::optional<ErrorCode> Connection::revoked_meanwhile(std::string_view user, const TokenFacts* judged) const {
  return refusal_among(verdicts.get(), judged, [&](const Revocation& each) { return is_covered(user, judged, each); });
}

std::optional<ErrorCode> Connection::revoked_meanwhile(const Identity& judged) const {
  return refusal_among(verdicts.get(), judged.token.get(), [&](const Revocation& each) { return is_covered(judged, each); });
}

Membership* Connection::membership_in(std::string_view room_id) {
  const auto found =
      std::find_if(memberships.begin(), memberships.end(), [&](const Membership& each) { return each.local->id == room_id; });
  return found == memberships.end() ? nullptr : &*found;
}

void Connection::leave_in_flight(const Membership& membership) {
  if (membership.in_flight > 0) pending_verdicts().left.push_back({membership.room, membership.ticket, membership.in_flight});
}

LeftPublications* Connection::left_in(std::uint64_t room) {
  if (!verdicts) return nullptr;
  auto& left = verdicts->left;
  const auto newest =
      std::find_if(left.rbegin(), left.rend(), [room](const LeftPublications& each) { return each.room == room; });
  return newest == left.rend() ? nullptr : &*newest;
}

void Connection::answered_left(std::uint64_t room, std::uint32_t ticket) {
  if (!verdicts) return;
  auto& left = verdicts->left;
  const auto found = std::find_if(left.begin(), left.end(),
                                  [&](const LeftPublications& each) { return each.room == room && each.ticket == ticket; });
  if (found == left.end() || --found->count > 0) return;
  left.erase(found);
  verdict_used();
}

std::size_t Connection::left_in_flight() const {
  std::size_t count = 0;
  if (verdicts)
    for (const LeftPublications& each : verdicts->left) count += each.count;
  return count;
}

bool Connection::wants_direct(std::string_view event) const {
  const auto is_match = [event](const std::string& pattern) { return matches_event(pattern, event); };
  if (!hello_facts || !hello_facts->direct) return true;
  return std::any_of(hello_facts->direct->begin(), hello_facts->direct->end(), is_match);
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
  if (state == SessionState::ready && !pending_verdicts().judged) verdicts->judged = std::move(identity);
  identity = std::move(who);
  for (Membership& membership : memberships)
    if (RoomToken* token = membership.token()) token->identity = narrowed(identity, token->identity->room_token);
}

void Connection::narrow(Membership& membership, std::shared_ptr<const TokenFacts> token, Time now) {
  if (!membership.narrowing) membership.narrowing = std::make_unique<Narrowing>();
  membership.narrowing->token = room_token(narrowed(identity, std::move(token)), now);
  rooms_due_ms = std::min(rooms_due_ms, membership.token()->due_ms());
}

}  // namespace dialogue::core
