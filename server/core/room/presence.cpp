// Members are kept sorted by user id, so that the same room gives the same bytes.
#include "server/core/room/presence.hpp"

#include <utility>

#include "server/core/messages/frame_text.hpp"

namespace dialogue::core {
namespace {

PresentUser shown_as(const Identity& identity) { return {identity.user_id, identity.name, identity.meta}; }

/// As a member in a list, with its comma.
std::size_t member_bytes(const PresentUser& user) {
  std::string text;
  append_user(text, user);
  return text.size() + 1;
}

bool is_shown_alike(const PresentUser& a, const PresentUser& b) { return a.name == b.name && a.meta == b.meta; }

}  // namespace

bool Presence::changed(const std::string& user_id) {
  ++clock_;
  if (!listed()) sent_as_count_ = true;
  touched_.insert(user_id);
  return !std::exchange(dirty_, true);
}

PresentUser Presence::User::shown() const { return connections > 0 ? shown_as(*identity) : *elsewhere; }

bool Presence::changed(Users::iterator user, const std::optional<PresentUser>& before) {
  const std::string user_id = user->first;
  const bool is_here = user->second.connections > 0 || user->second.elsewhere;
  if (before && is_here && is_shown_alike(*before, user->second.shown())) return false;
  if (before) listed_bytes_ -= member_bytes(*before);
  if (is_here)
    listed_bytes_ += member_bytes(user->second.shown());
  else
    users_.erase(user);
  return changed(user_id);
}

bool Presence::join(const std::shared_ptr<const Identity>& identity) {
  const auto user = users_.try_emplace(identity->user_id).first;
  User& found = user->second;
  const bool was_here = found.connections > 0 || found.elsewhere;
  const std::optional<PresentUser> before = was_here ? std::optional(found.shown()) : std::nullopt;
  const bool is_own_change = found.connections++ == 0 || !is_shown_alike(shown_as(*found.identity), shown_as(*identity));
  if (keeps_own_changes_ && is_own_change) own_touched_.insert(identity->user_id);
  found.identity = identity;
  return changed(user, before);
}

bool Presence::leave(const std::string& user_id) {
  const auto found = users_.find(user_id);
  if (found == users_.end() || found->second.connections == 0) return false;
  const PresentUser before = found->second.shown();
  if (--found->second.connections > 0) return false;
  if (keeps_own_changes_) own_touched_.insert(user_id);
  return changed(found, before);
}

bool Presence::show(const std::shared_ptr<const Identity>& identity) {
  const auto user = users_.find(identity->user_id);
  if (user == users_.end() || user->second.connections == 0) return false;
  const PresentUser before = user->second.shown();
  user->second.identity = identity;
  if (keeps_own_changes_ && !is_shown_alike(before, user->second.shown())) own_touched_.insert(identity->user_id);
  return changed(user, before);
}

bool Presence::change_others(std::vector<PresentUser> joined, const std::vector<std::string>& left) {
  bool is_first = false;
  const auto set = [&](const std::string& user_id, std::unique_ptr<const PresentUser> elsewhere) {
    const auto user = users_.try_emplace(user_id).first;
    const bool was_here = user->second.connections > 0 || user->second.elsewhere;
    const std::optional<PresentUser> before = was_here ? std::optional(user->second.shown()) : std::nullopt;
    user->second.elsewhere = std::move(elsewhere);
    if (!before && !user->second.elsewhere) return void(users_.erase(user));
    is_first = changed(user, before) || is_first;
  };
  for (const std::string& user_id : left) set(user_id, nullptr);
  for (PresentUser& user : joined) {
    const std::string user_id = user.user_id;
    set(user_id, std::make_unique<const PresentUser>(std::move(user)));
  }
  return is_first;
}

void Presence::take_own_change(std::vector<PresentUser>& joined, std::vector<std::string>& left) {
  for (const std::string& user_id : std::exchange(own_touched_, {})) {
    const auto found = users_.find(user_id);
    if (found != users_.end() && found->second.connections > 0)
      joined.push_back(shown_as(*found->second.identity));
    else
      left.push_back(user_id);
  }
}

std::vector<UserInfo> Presence::users(const PageRange& page) const {
  std::vector<UserInfo> list;
  for (auto it = users_.upper_bound(page.after); it != users_.end() && list.size() < page.limit; ++it)
    if (PresentUser user = it->second.shown(); true)
      list.push_back({it->first, std::move(user.name), std::move(user.meta), it->second.connections});
  return list;
}

std::vector<PresentUser> Presence::members() const {
  std::vector<PresentUser> list;
  list.reserve(users_.size());
  for (const auto& [user_id, user] : users_) list.push_back(user.shown());
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
  const bool everybody = std::exchange(sent_as_count_, false);  // members who knew only a number need all names
  if (everybody) delta.joined = members();
  for (const std::string& user_id : touched) {
    const auto here = users_.find(user_id);
    if (here == users_.end())
      delta.left.push_back(user_id);
    else if (!everybody)
      delta.joined.push_back(here->second.shown());
  }
  return delta;
}

void Presence::pass_over_change() {
  dirty_ = false;
  touched_.clear();
}

}  // namespace dialogue::core
