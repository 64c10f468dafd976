// See dynamic_room.hpp. A retention that is not there means unbounded, as in a file where `retention` stands.
#include "server/core/room/dynamic_room.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {
namespace {

struct GrantMember {
  std::string_view name;
  std::optional<Grants> Access::*grants;
};
constexpr std::array kNamedRights = {GrantMember{"join", &Access::join}, GrantMember{"publish", &Access::publish},
                                     GrantMember{"history", &Access::history}, GrantMember{"presence", &Access::presence},
                                     GrantMember{"manage", &Access::manage}};
constexpr std::string_view kPublishEvent = "publishEvent";

std::string list_text(const std::vector<std::string>& texts) { return json_array(texts, json_string); }

void put(JsonText& text, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) text.number(name, std::min(*value, kSafeIntegerMax));
}

std::string access_text(const Access& access) {
  JsonText text, events;
  for (const auto& [name, grants] : kNamedRights)
    if (access.*grants) text.raw(name, list_text(*(access.*grants)));
  for (const auto& [event, grants] : access.publish_event) events.raw(event, list_text(grants));
  if (!access.publish_event.empty()) text.raw(kPublishEvent, events.take());
  return text.take();
}

bool read_list(JsonReader& json, std::vector<std::string>& out) {
  if (!json.enter_array()) return false;
  while (json.next_element())
    if (!json.read_string(out.emplace_back())) return false;
  return !json.failed();
}

/// Calls `read(key)` at the value of each member.
template <typename Read>
bool read_members(JsonReader& json, const Read& read) {
  if (!json.enter_object()) return false;
  for (std::string key; json.next_key(key);)
    if (!read(key)) return false;
  return !json.failed();
}

bool read_number(JsonReader& json, std::optional<std::uint64_t>& out) { return json.read_integer(out.emplace()); }

bool read_access(JsonReader& json, Access& access) {
  return read_members(json, [&](const std::string& key) {
    if (key == kPublishEvent)
      return read_members(json, [&](const std::string& event) { return read_list(json, access.publish_event[event]); });
    const auto right =
        std::find_if(kNamedRights.begin(), kNamedRights.end(), [&](const GrantMember& each) { return each.name == key; });
    return right == kNamedRights.end() ? json.skip() : read_list(json, (access.*(right->grants)).emplace());
  });
}

bool read_retention(JsonReader& json, Retention& retention) {
  return read_members(json, [&](const std::string& key) {
    if (key == "maxEvents") return read_number(json, retention.max_events);
    return key == "maxAgeMs" ? read_number(json, retention.max_age_ms) : json.skip();
  });
}

bool read_member(JsonReader& json, const std::string& key, RoomDefinition& room) {
  std::string word;
  if (key == "id") return json.read_string(room.id);
  if (key == "name") return json.read_string(room.name);
  if (key == "description") return json.read_string(room.description);
  if (key == "maxSize") return read_number(json, room.max_size);
  if (key == "events") return read_list(json, room.events);
  if (key == "defaultSubscriptions") return read_list(json, room.default_subscriptions.emplace());
  if (key == "retention") return read_retention(json, room.retention);
  if (key == "presence") return json.read_boolean(room.sends_presence);
  if (key == "access") return read_access(json, room.access);
  if (key == "channels") return read_list(json, room.channels);
  if (key != "durability") return json.skip();
  if (!json.read_string(word)) return false;
  room.durability = word == "memory" ? Durability::memory : Durability::commit;
  return true;
}

}  // namespace

std::string made_room_text(const RoomDefinition& room) {
  JsonText text, retention;
  text.text("id", room.id).text("name", room.name).text("description", room.description);
  put(text, "maxSize", room.max_size);
  text.raw("events", list_text(room.events));
  if (room.default_subscriptions) text.raw("defaultSubscriptions", list_text(*room.default_subscriptions));
  put(retention, "maxEvents", room.retention.max_events);
  put(retention, "maxAgeMs", room.retention.max_age_ms);
  text.raw("retention", retention.take());
  text.text("durability", room.durability == Durability::memory ? "memory" : "commit").flag("presence", room.sends_presence);
  text.raw("access", access_text(room.access)).raw("channels", list_text(room.channels));
  return text.take();
}

std::optional<RoomDefinition> read_made_room(std::string_view text) {
  RoomDefinition room;
  room.retention = {};
  JsonReader json(text);
  const bool is_read = read_members(json, [&](const std::string& key) { return read_member(json, key, room); });
  if (!is_read || !json.at_end() || room.id.empty()) return std::nullopt;
  return room;
}

std::vector<std::string> drop_unknown_events(RoomDefinition& room, const CatalogueView& catalogue) {
  std::vector<std::string> dropped;
  const auto is_unknown = [&](const std::string& event) { return !catalogue.find_event(event); };
  std::copy_if(room.events.begin(), room.events.end(), std::back_inserter(dropped), is_unknown);
  std::erase_if(room.events, is_unknown);
  if (room.default_subscriptions) std::erase_if(*room.default_subscriptions, is_unknown);
  return dropped;
}

}  // namespace dialogue::core
