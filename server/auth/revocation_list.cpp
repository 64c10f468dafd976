// A revocation of both a token and a user is rare, and kept by the token.
#include "server/auth/revocation_list.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace dialogue::auth {

void RevocationList::add(const core::KeptRevocation& revocation, std::uint64_t now_s) {
  const core::Revocation& what = revocation.what;
  const std::unique_lock lock(mutex_);
  if (tokens_.size() + users_.size() >= sweep_at_) {
    std::erase_if(tokens_, [now_s](const auto& each) { return each.second.forget_at_s <= now_s; });
    std::erase_if(users_, [now_s](const auto& each) { return each.second.forget_at_s <= now_s; });
    sweep_at_ = std::max(kSweptMin, 2 * (tokens_.size() + users_.size()));
  }
  if (what.token_id.empty()) {
    Until& until = what.user_id.empty() ? everyone_ : users_[what.user_id];
    until.forget_at_s = std::max(until.forget_at_s, revocation.forget_at_s);
    return until.add(what);
  }
  const auto [found, is_new] = tokens_.try_emplace(what.token_id, Token{what.user_id});
  Token& token = found->second;
  if (!is_new && token.user_id != what.user_id) token.user_id.clear();  // named with two users: any holder of it
  token.forget_at_s = std::max(token.forget_at_s, revocation.forget_at_s);
}

std::size_t RevocationList::size() const {
  const std::shared_lock lock(mutex_);
  return tokens_.size() + users_.size();
}

void RevocationList::Until::add(const core::Revocation& revocation) {
  const std::uint64_t before_s = revocation.issued_before_s, leeway_s = revocation.is_exact ? 0 : core::kClockLeewayS;
  revoked_s = std::max(revoked_s, before_s - std::min(before_s, leeway_s));
  unclear_s = std::max(unclear_s, before_s + leeway_s);
}

std::optional<ErrorCode> RevocationList::Until::refusal(const core::TokenFacts& token) const {
  if (token.issued_s >= unclear_s) return std::nullopt;
  return token.issued_s < revoked_s ? ErrorCode::token_revoked : ErrorCode::token_expired;
}

std::optional<ErrorCode> RevocationList::refusal(const core::Identity& identity) const {
  if (!identity.token && !core::is_guest_name(identity.user_id)) return std::nullopt;
  const std::shared_lock lock(mutex_);
  const auto user = users_.find(identity.user_id);
  if (!identity.token) return user != users_.end() ? std::optional(ErrorCode::token_revoked) : std::nullopt;
  const auto named = identity.token->id.empty() ? tokens_.end() : tokens_.find(identity.token->id);
  if (named != tokens_.end() && (named->second.user_id.empty() || named->second.user_id == identity.user_id))
    return ErrorCode::token_revoked;
  const auto by_everyone = everyone_.refusal(*identity.token);
  const auto by_user = user != users_.end() ? user->second.refusal(*identity.token) : std::nullopt;
  return by_everyone == ErrorCode::token_revoked || !by_user ? by_everyone : by_user;
}

std::uint64_t RevocationList::count_of(const std::string& user_id) const {
  const std::shared_lock lock(mutex_);
  const auto is_users = [&](const auto& each) { return each.second.user_id == user_id; };
  return users_.count(user_id) + static_cast<std::uint64_t>(std::count_if(tokens_.begin(), tokens_.end(), is_users));
}

core::IdentitySource not_revoked(core::IdentitySource source, std::shared_ptr<const RevocationList> list) {
  return [source = std::move(source), list = std::move(list)](core::IdentityQuestion&& question,
                                                              std::function<void(core::AuthResult)> done) {
    source(std::move(question), [list, done = std::move(done)](core::AuthResult result) {
      const core::Identity* identity = std::get_if<core::Identity>(&result);
      const auto code = identity != nullptr ? list->refusal(*identity) : std::nullopt;
      if (code == ErrorCode::token_expired)
        result = core::Refusal{*code, "it was issued within " + std::to_string(core::kClockLeewayS) + " s of a revocation"};
      else if (code)
        result = core::Refusal{*code, {}};
      done(std::move(result));
    });
  };
}

}  // namespace dialogue::auth
