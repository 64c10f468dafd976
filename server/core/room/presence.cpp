// Members are kept sorted by user id, so that the same room gives the same bytes.
#include "server/core/room/presence.hpp"

#include <utility>

#include "shared/json/json_reader.hpp"

namespace dialogue {
namespace {

void append_member(std::string& out, const Identity& identity) {
  out += "{\"userId\":";
  append_json_string(out, identity.user_id);
  if (!identity.name.empty()) {
    out += ",\"name\":";
    append_json_string(out, identity.name);
  }
  if (!identity.meta.empty()) out += ",\"meta\":" + identity.meta;
  out += '}';
}

std::size_t member_bytes(const Identity& identity) {
  std::string text;
  append_member(text, identity);
  return text.size() + 1;
}

/// Puts a comma before every item but the first of a list that began at `start`.
void separate(std::string& out, std::size_t start) {
  if (out.size() > start) out += ',';
}

std::string occupancy(std::size_t count) { return "\"occupancy\":" + std::to_string(count); }

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

void Presence::append_members(std::string& out) const {
  const std::size_t start = out.size();
  for (const auto& [user_id, user] : users_) {
    separate(out, start);
    append_member(out, *user.identity);
  }
}

void Presence::append_snapshot(std::string& out, bool members_allowed) const {
  if (!members_allowed || !listed()) {
    out += occupancy(users_.size());
    return;
  }
  out += "\"members\":[";
  append_members(out);
  out += ']';
}

std::string Presence::take_change() {
  dirty_ = false;
  const auto touched = std::exchange(touched_, {});
  if (!listed()) return occupancy_change();
  std::string joined, left;
  const bool everybody = std::exchange(told_by_number_, false);  // whoever knew only a number needs all names
  if (everybody) append_members(joined);
  for (const std::string& user_id : touched) {
    const auto here = users_.find(user_id);
    if (here == users_.end()) {
      separate(left, 0);
      append_json_string(left, user_id);
    } else if (!everybody) {
      separate(joined, 0);
      append_member(joined, *here->second.identity);
    }
  }
  std::string object = "{";
  if (!joined.empty()) object += "\"joined\":[" + joined + ']';
  if (!left.empty()) object += (joined.empty() ? "\"left\":[" : ",\"left\":[") + left + ']';
  return object + '}';
}

void Presence::pass_over_change() {
  dirty_ = false;
  touched_.clear();
}

std::string Presence::occupancy_change() const { return '{' + occupancy(users_.size()) + '}'; }

}  // namespace dialogue
