// Members are kept sorted by user id, so that the same room gives the same bytes.
#include "server/core/room/presence.hpp"

#include <utility>

#include "server/core/messages/frame_text.hpp"

namespace dialogue::core {
namespace {

PresentUser shown(const Identity& identity) { return {identity.user_id, identity.name, identity.meta}; }

/// As a member in a list, with its comma.
std::size_t member_bytes(const Identity& identity) {
  std::string text;
  append_user(text, shown(identity));
  return text.size() + 1;
}

}  // namespace

bool Presence::changed(const std::string& user_id) {
  ++clock_;
  if (!listed()) told_by_number_ = true;
  touched_.insert(user_id);
  return !std::exchange(dirty_, true);
}

bool Presence::join(const std::shared_ptr<const Identity>& identity) {
  User& user = users_[identity->user_id];
  const bool is_here = user.connections++ > 0;
  if (is_here && user.identity->name == identity->name && user.identity->meta == identity->meta) return false;
  if (is_here) listed_bytes_ -= member_bytes(*user.identity);
  user.identity = identity;
  listed_bytes_ += member_bytes(*identity);
  return changed(identity->user_id);
}

bool Presence::leave(const std::string& user_id) {
  const auto found = users_.find(user_id);
  if (found == users_.end() || --found->second.connections > 0) return false;
  listed_bytes_ -= member_bytes(*found->second.identity);
  users_.erase(found);
  return changed(user_id);
}

std::vector<UserInfo> Presence::users(const PageRange& page) const {
  std::vector<UserInfo> list;
  for (auto it = users_.upper_bound(page.after); it != users_.end() && list.size() < page.limit; ++it)
    list.push_back({it->first, it->second.identity->name, it->second.identity->meta, it->second.connections});
  return list;
}

std::vector<PresentUser> Presence::members() const {
  std::vector<PresentUser> list;
  list.reserve(users_.size());
  for (const auto& [user_id, user] : users_) list.push_back(shown(*user.identity));
  return list;
}

PresenceSnapshot Presence::snapshot(bool members_allowed) const {
  if (!members_allowed || !listed()) return {{}, users_.size()};
  return {members(), std::nullopt};
}

PresenceDelta Presence::take_change() {
  dirty_ = false;
  const auto touched = std::exchange(touched_, {});
  PresenceDelta delta;
  delta.by_number = !listed();
  if (delta.by_number) return delta;
  const bool everybody = std::exchange(told_by_number_, false);  // members who knew only a number need all names
  if (everybody) delta.joined = members();
  for (const std::string& user_id : touched) {
    const auto here = users_.find(user_id);
    if (here == users_.end())
      delta.left.push_back(user_id);
    else if (!everybody)
      delta.joined.push_back(shown(*here->second.identity));
  }
  return delta;
}

void Presence::pass_over_change() {
  dirty_ = false;
  touched_.clear();
}

}  // namespace dialogue::core
