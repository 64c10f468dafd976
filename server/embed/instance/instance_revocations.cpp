// Revocations of an instance: from the call to the store, the list that new tokens are held against, and the live connections.
#include <chrono>

#include "server/auth/token.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/store_answer.hpp"

namespace dialogue {
namespace {

/// Tokens that are issued until then are refused: milliseconds, passed by mistake, would lock all users out.
constexpr std::uint64_t kRevokedAheadMaxS = 86'400;

std::uint64_t now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

RevokeResult refused(ErrorCode code, std::string message) {
  RevokeResult result;
  result.code = code;
  result.message = std::move(message);
  return result;
}

}  // namespace

void InstanceState::revoke(Revocation what, std::uint64_t forget_at_s, std::function<void(RevokeResult)> done) {
  const std::uint64_t now = now_s();
  const auto answer = answer_to<RevokeResult>(std::move(done), refused(ErrorCode::closed, "The server is not running."));
  if (what.issued_before_s > now + kRevokedAheadMaxS)
    return answer->otherwise(refused(ErrorCode::request_invalid, "issuedBefore is Unix time in seconds, at most a day ahead."));
  {
    const std::unique_lock lock(server_mutex);
    if (stopping) return;
    ++revoking;
  }
  what.is_exact = what.issued_before_s != 0;
  if (what.token_id.empty() && !what.is_exact) what.issued_before_s = now + 1;
  if (forget_at_s == 0) forget_at_s = std::max(now, what.issued_before_s) + auth::kTokenLifeMaxS + 2 * auth::kTokenLeewayS;
  const auto in_force = [this, what, answer](core::StoreStatus status) {
    revocations->add(what);
    const auto ended = [status, answer, before_s = what.issued_before_s](std::size_t count) {
      RevokeResult result;
      if (status != core::StoreStatus::ok)
        result = refused(ErrorCode::store_unavailable, "It is in force, but could not be stored.");
      result.issued_before_s = before_s;
      result.ended = count;
      answer->give(std::move(result));
    };
    const auto failed = [answer](const core::Error& fault) {
      answer->otherwise(
          refused(fault.code, "It is in force for new connections, but not all shards have ended the existing ones."));
    };
    ask({}, core::RevokeTokens{what}, calls::call_done<core::RevokeTokens>(ended, failed));
    const std::unique_lock lock(server_mutex);
    --revoking;
    phase_changed.notify_all();
  };
  if (!store) return in_force(core::StoreStatus::ok);
  store->put_kept({{store::kept_change(core::KeptRevocation{what, forget_at_s})}, now}, in_force);
}

void InstanceState::load_revocations() const {
  if (!store) return;
  auto kept = store_answer<store::KeptList>(
      [this](auto done) { store->list_kept({store::KeptKind::revocation}, std::move(done)); }, {core::StoreStatus::busy});
  const std::uint64_t now = now_s();
  for (const store::KeptEntry& entry : kept.entries) {
    const auto each = store::revocation_of(entry);
    if (!each) kept.status = core::StoreStatus::damaged;
    if (each && each->forget_at_s > now) revocations->add(each->what);
  }
  if (kept.status != core::StoreStatus::ok)
    throw SetupError("store", "it cannot return the revoked tokens",
                     "Run `dialogue store check`; without them a revoked token would be valid again.");
}

}  // namespace dialogue
