// See user_sessions.hpp.
#include "server/core/connection/user_sessions.hpp"

#include <algorithm>
#include <utility>

#include "server/core/connection/session_secret.hpp"

namespace dialogue::core {

void UserSessions::handle(EnterUser&& enter) {
  Counts& user = users_[enter.user_id];
  const std::size_t most = config_.limits.connections_per_user;  // which may have become 0, any number, since it was asked
  const bool is_granted = most == 0 || user.here < most;
  const std::string resumed = is_granted ? std::string() : std::exchange(enter.resumes, {});
  if (const auto place = place_of_session(resumed, effects_.shard_count()))
    return effects_.post(place->shard, ReplaceSession{{effects_.shard(), 0}, place->connection, resumed, enter.user_id, enter});
  const bool keeps_places = user.lost < kLostSessionsPerUserMax && lost_.size() < kLostSessionsMax;
  if (is_granted && user.here++ == 0) effects_.metrics().change(metrics::Metric::users_online, 0, 1);
  effects_.post(enter.from.shard, UserResponse{enter.from.connection, std::move(enter.user_id), is_granted, keeps_places,
                                               user.used ? std::make_shared<const Allowance>(user.used->allowance) : nullptr});
}

void UserSessions::handle(const UserLeft& left) {
  const auto user = users_.find(left.user_id);
  if (user == users_.end()) return;
  if (--user->second.here == 0) effects_.metrics().change(metrics::Metric::users_online, 0, -1);
  if (left.keeps_places && lost_.size() < kLostSessionsMax) {
    ++user->second.lost;
    lost_.push(user, effects_.now().monotonic_ms);
  }
  if (left.used)
    remember(user, *left.used);
  else
    forget_if_gone(user);
}

std::uint64_t UserSessions::tick() {
  while (const auto user = lost_.pop_due(effects_.now().monotonic_ms)) {
    --(*user)->second.lost;
    forget_if_gone(*user);
  }
  while (!resting_.empty() && resting_.begin()->first <= effects_.now().monotonic_ms)
    forget_allowance(users_.find(std::string(resting_.begin()->second)));
  return std::min(lost_.next_deadline(), resting_.empty() ? kNever : resting_.begin()->first);
}

void UserSessions::remember(Users::iterator user, const Allowance& used) {
  const std::uint64_t now_ms = effects_.now().monotonic_ms;
  std::unique_ptr<Used>& mine = user->second.used;
  if (!mine)
    mine = std::make_unique<Used>();
  else
    resting_.erase({mine->whole_at_ms, user->first});
  mine->allowance.merge(used, now_ms);
  mine->whole_at_ms = now_ms + mine->allowance.whole_in_ms(config_.definitions, now_ms);
  resting_.emplace(mine->whole_at_ms, user->first);
  if (resting_.size() > kAllowancesMax) forget_allowance(users_.find(std::string(resting_.begin()->second)));
}

void UserSessions::forget_allowance(Users::iterator user) {
  resting_.erase({user->second.used->whole_at_ms, user->first});
  user->second.used = nullptr;
  forget_if_gone(user);
}

void UserSessions::forget_if_gone(Users::iterator user) {
  if (user->second.here == 0 && user->second.lost == 0 && !user->second.used) users_.erase(user);
}

}  // namespace dialogue::core
