// A client id that several users have is shown with the state of one of them.
#include "server/transport/yjs/yjs_awareness.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "shared/json/json_text.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::transport {
namespace {

constexpr std::string_view kNone = "null";

// States are any JSON that a room's schema allows: what is not of our form has no clients.

template <typename Each>
void for_each_member(std::string_view json, const Each& each) {
  static_cast<void>(visit_members(json, each));
}

template <typename Each>
void for_each_element(std::string_view json, const Each& each) {
  static_cast<void>(visit_elements(json, each));
}

std::string string_in(std::string_view json) { return string_value(json).value_or(""); }

bool is_value(std::string_view json) {
  const auto length = json_value_length(json);
  return length && *length == json.size();
}

}  // namespace

bool YjsAwareness::take(std::string_view bytes, std::optional<std::string>& state) {
  auto states = read_awareness(bytes);
  if (!states) return false;
  Clients now = mine_;
  for (AwarenessState& each : *states) {
    if (!is_value(each.state)) return false;
    if (shown_.contains(each.client)) continue;
    if (each.state == kNone)
      now.erase(each.client);
    else
      now.insert_or_assign(each.client, std::move(each.state));
  }
  if (now.size() > kAwarenessClientsMax) return false;
  JsonText clients;
  for (const auto& [client, value] : now) clients.raw(std::to_string(client), value);
  std::string json = now.empty() ? std::string(kNone) : JsonText().raw("yjs", clients.take()).take();
  std::replace_if(
      json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  if (json.size() > kAwarenessStateBytesMax) return false;
  if (std::exchange(mine_, std::move(now)) != mine_) state = std::move(json);
  return true;
}

std::vector<AwarenessState> YjsAwareness::report(std::string_view json, std::uint64_t unix_ms) {
  for_each_member(json, [this](const std::string& key, std::string_view value) {
    if (key == "members" || key == "states") read_users(value);
    if (key == "left") read_left(value);
  });
  Clients now;
  for (const auto& [user, clients] : users_) now.insert(clients.begin(), clients.end());
  for (const auto& [client, state] : mine_) now.erase(client);
  std::vector<AwarenessState> changes;
  const auto change = [&](std::uint64_t client, Shown& shown, std::string_view state) {
    shown.clock = std::max(shown.clock + 1, unix_ms);
    shown.state = state;
    changes.push_back({client, shown.clock, shown.state});
  };
  for (const auto& [client, state] : now)
    if (Shown& shown = shown_[client]; shown.state != state) change(client, shown, state);
  for (auto each = shown_.begin(); each != shown_.end();) {
    if (!now.contains(each->first)) {
      change(each->first, each->second, kNone);
      each = shown_.erase(each);
    } else {
      ++each;
    }
  }
  return changes;
}

std::vector<AwarenessState> YjsAwareness::all() const {
  std::vector<AwarenessState> states;
  for (const auto& [client, shown] : shown_) states.push_back({client, shown.clock, shown.state});
  return states;
}

std::vector<AwarenessState> YjsAwareness::renewed(std::uint64_t unix_ms) {
  for (auto& [client, shown] : shown_) shown.clock = std::max(shown.clock + 1, unix_ms);
  return all();
}

void YjsAwareness::read_users(std::string_view json) {
  for_each_element(json, [this](std::string_view user) { read_user(user); });
}

void YjsAwareness::read_user(std::string_view json) {
  std::string user_id;
  Clients clients;
  for_each_member(json, [&](const std::string& key, std::string_view value) {
    if (key == "userId") user_id = string_in(value);
    if (key == "state") read_state(value, clients);
    if (key == "sessions") read_sessions(value, clients);
  });
  if (clients.empty())
    users_.erase(user_id);
  else
    users_.insert_or_assign(user_id, std::move(clients));
}

void YjsAwareness::read_sessions(std::string_view json, Clients& clients) {
  for_each_element(json, [&](std::string_view session) {
    for_each_member(session, [&](const std::string& key, std::string_view value) {
      if (key == "state") read_state(value, clients);
    });
  });
}

void YjsAwareness::read_state(std::string_view json, Clients& clients) {
  for_each_member(json, [&](const std::string& key, std::string_view value) {
    if (key != "yjs") return;
    for_each_member(value, [&](const std::string& name, std::string_view state) {
      std::uint64_t client = 0;
      const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), client);
      if (fault == std::errc() && end == name.data() + name.size()) clients.insert_or_assign(client, std::string(state));
    });
  });
}

void YjsAwareness::read_left(std::string_view json) {
  for_each_element(json, [this](std::string_view user) { users_.erase(string_in(user)); });
}

}  // namespace dialogue::transport
