// A revocation of both a token and a user is rare, and kept by the token.
#include "server/auth/revocation_list.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace dialogue::auth {

void RevocationList::add(const core::Revocation& revocation) {
  const std::unique_lock lock(mutex_);
  if (!revocation.token_id.empty()) {
    const auto [found, is_new] = tokens_.try_emplace(revocation.token_id, revocation.user_id);
    if (!is_new && found->second != revocation.user_id) found->second.clear();  // named with two users: any holder of it
    return;
  }
  std::uint64_t& before_s = revocation.user_id.empty() ? everyone_before_s_ : users_[revocation.user_id];
  before_s = std::max(before_s, revocation.issued_before_s);
}

bool RevocationList::covers(const core::Identity& identity) const {
  if (!identity.token && !core::is_guest_name(identity.user_id)) return false;
  const std::shared_lock lock(mutex_);
  if (!identity.token) return users_.contains(identity.user_id);
  if (identity.token->issued_s < everyone_before_s_) return true;
  if (const auto user = users_.find(identity.user_id); user != users_.end() && identity.token->issued_s < user->second)
    return true;
  if (identity.token->id.empty()) return false;
  const auto named = tokens_.find(identity.token->id);
  return named != tokens_.end() && (named->second.empty() || named->second == identity.user_id);
}

std::uint64_t RevocationList::count_of(const std::string& user_id) const {
  const std::shared_lock lock(mutex_);
  const auto is_users = [&](const auto& each) { return each.second == user_id; };
  return users_.count(user_id) + static_cast<std::uint64_t>(std::count_if(tokens_.begin(), tokens_.end(), is_users));
}

core::IdentitySource not_revoked(core::IdentitySource source, std::shared_ptr<const RevocationList> list) {
  return [source = std::move(source), list = std::move(list)](core::IdentityQuestion&& question,
                                                              std::function<void(core::AuthResult)> done) {
    source(std::move(question), [list, done = std::move(done)](core::AuthResult result) {
      const core::Identity* identity = std::get_if<core::Identity>(&result);
      if (identity != nullptr && list->covers(*identity)) result = core::Refusal{ErrorCode::token_revoked, {}};
      done(std::move(result));
    });
  };
}

}  // namespace dialogue::auth
