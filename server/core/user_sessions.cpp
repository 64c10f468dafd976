// See user_sessions.hpp.
#include "server/core/user_sessions.hpp"

#include <utility>

namespace dialogue {

void UserSessions::handle(EnterUser&& enter) {
  Counts& user = users_[enter.user_id];
  const std::size_t most = limits_.connections_per_user_max;  // which may have become 0, any number, since it was asked
  const bool is_granted = most == 0 || user.here < most, keeps_places = user.lost < kLostSessionsPerUserMax;
  if (is_granted) ++user.here;
  outbox_.post(enter.from.shard, UserAnswer{enter.from.connection, std::move(enter.user_id), is_granted, keeps_places});
}

void UserSessions::handle(const UserLeft& left) {
  const auto user = users_.find(left.user_id);
  if (user == users_.end()) return;
  --user->second.here;
  if (left.keeps_places) {
    ++user->second.lost;
    lost_.push(user, outbox_.now().monotonic_ms);
  }
  forget_if_gone(user);
}

std::uint64_t UserSessions::tick() {
  while (const auto user = lost_.pop_due(outbox_.now().monotonic_ms)) {
    --(*user)->second.lost;
    forget_if_gone(*user);
  }
  return lost_.next_deadline();
}

void UserSessions::forget_if_gone(Users::iterator user) {
  if (user->second.here == 0 && user->second.lost == 0) users_.erase(user);
}

}  // namespace dialogue
