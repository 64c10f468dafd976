// See token_revocations.hpp.
#include "server/embed/identity/token_revocations.hpp"

#include <algorithm>
#include <chrono>

#include "server/auth/token.hpp"
#include "server/core/messages/log_message.hpp"
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

void TokenRevocations::revoke(Revocation what, std::uint64_t forget_at_s, Done done) {
  const std::uint64_t now = now_s();
  const auto answer = std::make_shared<Answer<RevokeResult>>(
      std::move(done), refused(ErrorCode::closed, "The server is not running."), settings_.report, settings_.callbacks);
  if (what.issued_before_s > now + kRevokedAheadMaxS)
    return answer->otherwise(refused(ErrorCode::request_invalid, "issuedBefore is Unix time in seconds, at most a day ahead."));
  {
    const std::lock_guard lock(mutex_);
    if (is_ending_) return;
    ++under_way_;
  }
  what.is_exact = what.issued_before_s != 0;
  if (what.token_id.empty() && !what.is_exact) what.issued_before_s = now + 1;
  if (forget_at_s == 0) forget_at_s = std::max(now, what.issued_before_s) + auth::kTokenLifeMaxS + 2 * auth::kTokenLeewayS;
  const auto in_force = [this, what, forget_at_s, answer](core::StoreStatus status) {
    list_->add({what, forget_at_s}, now_s());
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
    settings_.ask(core::RevokeTokens{what}, calls::call_done<core::RevokeTokens>(ended, failed));
    const std::lock_guard lock(mutex_);
    --under_way_;
    settled_.notify_all();
  };
  if (!settings_.store) return in_force(core::StoreStatus::ok);
  settings_.store->put_kept({{store::kept_change(core::KeptRevocation{what, forget_at_s})}, now}, in_force);
}

void TokenRevocations::end_key(std::uint64_t key) const {
  core::RevokeTokens revoke;
  revoke.what.key = key;
  settings_.ask(std::move(revoke), calls::call_done<core::RevokeTokens>([](std::size_t) {}, [](const core::Error&) {}));
}

void TokenRevocations::load() const {
  if (!settings_.store) return;
  auto kept = store_answer<store::KeptList>(
      [this](auto done) { settings_.store->list_kept({store::KeptKind::revocation}, std::move(done)); },
      {core::StoreStatus::busy});
  const std::uint64_t now = now_s();
  for (const store::KeptEntry& entry : kept.entries) {
    const auto each = store::revocation_of(entry);
    if (!each) kept.status = core::StoreStatus::damaged;
    if (each && each->forget_at_s > now) list_->add(*each, now);
  }
  if (kept.status != core::StoreStatus::ok)
    throw SetupError("store", "it cannot return the revoked tokens",
                     "Run `dialogue store check`; without them a revoked token would be valid again.");
}

void TokenRevocations::configure(host::ServerConfig& server_config) const {
  load();
  server_config.identify = auth::not_revoked(std::move(server_config.identify), list_);
}

void TokenRevocations::open_api(host::ServerConfig& server_config) {
  server_config.api.revoke = [this](Revocation what, std::uint64_t forget_at_s, auto done) {
    revoke(std::move(what), forget_at_s, [done](const RevokeResult& result) {
      done({result.code, result.ended, result.issued_before_s});
    });
  };
}

void TokenRevocations::settle() {
  std::unique_lock lock(mutex_);
  is_ending_ = true;
  const auto is_settled = [this] { return under_way_ == 0; };
  if (settled_.wait_for(lock, std::chrono::milliseconds(settings_.settle_timeout_ms), is_settled)) return;
  if (settings_.store) {
    lock.unlock();
    settings_.log(core::log_message(core::LogLevel::error, "revocations_unanswered",
                                    "the store did not confirm a revocation: it is in force until this server ends"));
    settings_.store->end();  // answers them
    lock.lock();
  }
  settled_.wait(lock, is_settled);
}

}  // namespace dialogue
