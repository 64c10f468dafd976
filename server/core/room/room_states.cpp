// Users are kept sorted by their ids: pages follow that order, and a replay does the same.
#include "server/core/room/room_states.hpp"

#include <algorithm>
#include <utility>

#include "server/core/connection/session_secret.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {

std::uint64_t RoomStates::interval_ms() const {
  constexpr std::uint64_t kSecondMs = 1000;
  return kSecondMs / policy_.rate;
}

RoomStates::Session* RoomStates::find(User& user, const Address& at) {
  const auto found = std::find_if(user.sessions.begin(), user.sessions.end(), [&](const Session& session) {
    return session.ends_at_ms == 0 && session.at.shard == at.shard && session.at.connection == at.connection;
  });
  return found == user.sessions.end() ? nullptr : &*found;
}

bool RoomStates::is_lost(const Session& session, std::string_view line) {
  return session.ends_at_ms != 0 && !line.empty() && line_of(session.secret) == line;
}

/// Without watchers, changes are not reported: a later watcher begins with pages of all states.
void RoomStates::touch(Users::iterator user) {
  if (!is_watched() && !user->second.is_touched) {
    if (user->second.sessions.empty()) users_.erase(user);
    return;
  }
  if (!std::exchange(user->second.is_touched, true)) touched_.push_back(user->first);
}

void RoomStates::erase(Users::iterator user, const Session& session) {
  user->second.sessions.erase(user->second.sessions.begin() + (&session - user->second.sessions.data()));
  --sessions_;
  touch(user);
}

RoomStates::Outcome RoomStates::set(const Address& from, const std::shared_ptr<const Identity>& identity, std::string&& state) {
  auto user = users_.find(identity->user_id);
  Session* session = user == users_.end() ? nullptr : find(user->second, from);
  if (session == nullptr && user != users_.end()) {
    const auto lost = std::find_if(user->second.sessions.begin(), user->second.sessions.end(),
                                   [](const Session& each) { return each.ends_at_ms != 0; });
    if (lost != user->second.sessions.end()) session = &*lost;
  }
  if (session == nullptr) {
    if (user != users_.end() && user->second.sessions.size() >= kStatesPerUserMax) return Outcome::user_is_full;
    const bool is_full = sessions_ >= kStatesPerRoomMax || (user == users_.end() && users_.size() >= kStatesPerRoomMax);
    if (is_full) return Outcome::room_is_full;
    if (user == users_.end()) {
      user = users_.try_emplace(identity->user_id).first;
      user->second.is_known = !is_watched();
    }
    session = &user->second.sessions.emplace_back();
    session->number = ++counter_;
    ++sessions_;
  }
  session->at = from;
  session->ends_at_ms = 0;
  session->secret.clear();
  session->set_at = ++counter_;
  const bool is_other_name =
      user->second.identity && (user->second.identity->name != identity->name || user->second.identity->meta != identity->meta);
  if (is_other_name && is_watched()) user->second.is_known = false;
  user->second.identity = identity;
  const bool is_repeated = session->state == state && user->second.sessions.size() == 1 && !is_other_name;
  session->state = std::move(state);
  if (!is_repeated) touch(user);
  return Outcome::done;
}

void RoomStates::clear(const Address& from, std::string_view user_id) {
  const auto user = users_.find(user_id);
  if (user == users_.end()) return;
  if (const Session* session = find(user->second, from)) erase(user, *session);
}

void RoomStates::lose(const Address& from, std::string_view user_id, const std::string& session, std::uint64_t now_ms) {
  const auto user = users_.find(user_id);
  Session* found = user == users_.end() ? nullptr : find(user->second, from);
  if (found == nullptr) return;
  if (policy_.grace_ms == 0 || losses_.size() >= kStatesPerRoomMax) return erase(user, *found);
  found->secret = session;
  found->ends_at_ms = now_ms + policy_.grace_ms;
  losses_.push_back({found->ends_at_ms, user->first});
}

void RoomStates::take_over(std::string_view line, std::string_view user_id, const Address& to) {
  const auto user = users_.find(user_id);
  if (user == users_.end()) return;
  Session* newest = nullptr;
  for (Session& session : user->second.sessions)
    if (is_lost(session, line) && (newest == nullptr || newest->set_at < session.set_at)) newest = &session;
  if (newest == nullptr) return;
  newest->at = to;
  newest->ends_at_ms = 0;
  newest->secret.clear();
  forget_line(line, user_id);
}

void RoomStates::forget_line(std::string_view line, std::string_view user_id) {
  while (true) {
    const auto user = users_.find(user_id);
    if (user == users_.end()) return;
    const auto& sessions = user->second.sessions;
    const auto lost = std::find_if(sessions.begin(), sessions.end(), [&](const Session& each) { return is_lost(each, line); });
    if (lost == sessions.end()) return;
    erase(user, *lost);
  }
}

void RoomStates::forget_user(std::string_view user_id) {
  const auto user = users_.find(user_id);
  if (user == users_.end()) return;
  sessions_ -= user->second.sessions.size();
  user->second.sessions.clear();
  touch(user);
}

void RoomStates::expire(std::uint64_t now_ms) {
  for (; !losses_.empty() && losses_.front().ends_at_ms <= now_ms; losses_.pop_front()) {
    const auto user = users_.find(losses_.front().user_id);
    if (user == users_.end()) continue;
    const auto over = std::find_if(user->second.sessions.begin(), user->second.sessions.end(),
                                   [now_ms](const Session& each) { return each.ends_at_ms != 0 && each.ends_at_ms <= now_ms; });
    if (over != user->second.sessions.end()) erase(user, *over);
  }
}

void RoomStates::unwatch(std::uint32_t shard) {
  --watchers_of_shard_[shard];
  if (--watchers_ > 0) return;
  for (const std::string& user_id : std::exchange(touched_, {})) {
    const auto user = users_.find(user_id);
    user->second.is_touched = false;
    user->second.is_known = true;
    if (user->second.sessions.empty()) users_.erase(user);
  }
}

void RoomStates::append(std::string& out, const User& user, bool has_name) const {
  const Identity& who = *user.identity;
  append_user(out, has_name ? PresentUser{who.user_id, who.name, who.meta} : PresentUser{who.user_id, {}, {}});
  out.pop_back();  // its bracket
  if (!policy_.keeps_sessions) {
    const auto newest = std::max_element(user.sessions.begin(), user.sessions.end(),
                                         [](const Session& a, const Session& b) { return a.set_at < b.set_at; });
    out.append(",\"state\":").append(newest->state).append("}");
    return;
  }
  out += ",\"sessions\":";
  char before = '[';
  for (const Session& session : user.sessions) {
    out.append(1, std::exchange(before, ',')).append("{\"id\":").append(std::to_string(session.number));
    out.append(",\"state\":").append(session.state).append("}");
  }
  out += "]}";
}

std::string RoomStates::page(std::string_view after) const {
  std::string out = "{\"rate\":" + std::to_string(policy_.rate) + ",\"members\":[";
  std::size_t count = 0;
  std::string_view last;
  bool has_more = false;
  for (auto user = users_.upper_bound(after); user != users_.end(); ++user) {
    if (user->second.sessions.empty()) continue;
    if (count > 0 && (count == kStatePageUsersMax || out.size() > kStatePageBytesMax)) {
      has_more = true;
      break;
    }
    if (count++ > 0) out += ',';
    append(out, user->second, true);
    last = user->first;
  }
  out += ']';
  if (has_more) {
    out += ",\"next\":";
    append_json_string(out, last);
  }
  return out += '}';
}

std::uint64_t RoomStates::due_ms() const {
  const std::uint64_t loss_ms = losses_.empty() ? kNever : losses_.front().ends_at_ms;
  return touched_.empty() ? loss_ms : std::min(loss_ms, reported_ms_ + interval_ms());
}

std::string RoomStates::take_report(std::uint64_t now_ms) {
  std::string states, left;
  do {
    const auto user = users_.find(touched_.front());
    touched_.pop_front();
    user->second.is_touched = false;
    if (user->second.sessions.empty()) {
      left += left.empty() ? "\"left\":[" : ",";
      append_json_string(left, user->first);
      users_.erase(user);
    } else {
      states += states.empty() ? "\"states\":[" : ",";
      append(states, user->second, !std::exchange(user->second.is_known, true));
    }
  } while (!touched_.empty() && states.size() + left.size() < kStatePageBytesMax);
  ++clock_;
  reported_ms_ = now_ms;
  std::string out = "{" + states;
  if (!states.empty()) out += ']';
  if (!left.empty()) out.append(states.empty() ? "" : ",").append(left).append("]");
  return out += '}';
}

}  // namespace dialogue::core
