// A room is a channel, an event a message. Keys of the document know fewer letters than names of rooms and events do.
#include "server/definitions/output/asyncapi.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "server/definitions/output/schema_text.hpp"
#include "server/definitions/output/typescript_names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::string_view kDescription =
    "Events are published to rooms and delivered to their members over one WebSocket with the subprotocol dialogue.v1. The "
    "frames "
    "around the payloads, in which rooms and events have numbers, are specified in docs/protocol.md.";
constexpr std::string_view kSchemas = "#/components/schemas/";
constexpr std::array<std::string_view, 4> kDeliveries = {"In the room's log.", "Only the newest is kept.",
                                                         "In the room's log for a limited time.", "Never stored."};

bool is_key_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Keys of a document, each assigned once: characters that a key cannot contain become "_".
class Keys {
 public:
  std::string of(const std::string& name) {
    const auto known = keys_.find(name);
    if (known != keys_.end()) return known->second;
    std::string key = name;
    std::replace_if(
        key.begin(), key.end(), [](char c) { return !is_key_letter(c); }, '_');
    while (!taken_.insert(key).second) key += '_';
    return keys_[name] = key;
  }

 private:
  std::map<std::string, std::string> keys_;
  std::set<std::string> taken_;
};

/// Where the document wants a schema that is an object.
std::string as_object(std::string schema) { return schema == "false" ? R"({"not":{}})" : schema; }

std::string reference(const std::string& place) { return JsonText().text("$ref", place).take(); }

std::string message(const EventDefinition& event, const SchemaText& schemas) {
  JsonText text;
  text.text("name", event.name).text("title", event.name).text("contentType", "application/json");
  text.text("summary", kDeliveries[static_cast<std::size_t>(event.delivery)]);
  if (!event.description.empty()) text.text("description", event.description);
  if (!event.filterable.empty()) text.raw("x-filterable", json_array(event.filterable, json_string));
  return text.raw("payload", as_object(schemas.reference(event.schema))).take();
}

/// "{id}" of "game-{id}" as the channel's parameter.
std::string parameters(const std::string& room_id) {
  const std::size_t open = room_id.find('{'), close = room_id.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  JsonText text;
  return text.raw(room_id.substr(open + 1, close - open - 1), R"({"description":"1 to 128 of A-Z a-z 0-9 _ - . : @ ~"})").take();
}

std::string channel(const RoomDefinition& room, Keys& events) {
  JsonText messages;
  for (const std::string& event : room.events)
    messages.raw(events.of(event), reference("#/components/messages/" + events.of(event)));
  JsonText text;
  text.text("address", room.id).text("title", room.name.empty() ? room.id : room.name);
  if (!room.description.empty()) text.text("description", room.description);
  if (const std::string names = parameters(room.id); !names.empty()) text.raw("parameters", names);
  return text.raw("messages", messages.take()).take();
}

/// What the server does with a room's messages.
std::string operation(const RoomDefinition& room, const std::string& key, std::string_view action, std::string_view summary,
                      Keys& events) {
  const std::string place = "#/channels/" + key;
  JsonText text;
  text.text("action", action).raw("channel", reference(place)).text("summary", summary);
  return text
      .raw("messages",
           json_array(room.events, [&](const std::string& event) { return reference(place + "/messages/" + events.of(event)); }))
      .take();
}

std::string components(const Definitions& definitions, Keys& keys) {
  std::vector<const EventDefinition*> events;
  for (const EventDefinition& event : definitions.events) events.push_back(&event);
  const TypeNames names(definitions.schemas, events);
  const SchemaText schemas(definitions.schemas, names, kSchemas);
  JsonText messages, types;
  for (const EventDefinition* event : events) messages.raw(keys.of(event->name), message(*event, schemas));
  for (const NodeIndex node : names.in_order()) types.raw(*names.find(node), as_object(schemas.schema(node)));
  return JsonText().raw("messages", messages.take()).raw("schemas", types.take()).take();
}

}  // namespace

std::string asyncapi_document(const Definitions& definitions, std::string_view title) {
  Keys events, rooms;
  JsonText channels, operations;
  for (const RoomDefinition& room : definitions.rooms) {
    const std::string key = rooms.of(room.id);
    channels.raw(key, channel(room, events));
    if (room.events.empty()) continue;
    operations.raw("receive_" + key, operation(room, key, "receive", "Members publish to the room.", events));
    operations.raw("send_" + key, operation(room, key, "send", "Members receive published events.", events));
  }
  JsonText document;
  document.text("asyncapi", "3.0.0");
  document.raw("info", JsonText().text("title", title).text("version", "1.0.0").text("description", kDescription).take());
  document.raw("defaultContentType", R"("application/json")");
  document.raw("servers", R"({"server":{"host":"localhost:8080","pathname":"/dialogue","protocol":"ws"}})");
  document.raw("channels", channels.take()).raw("operations", operations.take());
  return document.raw("components", components(definitions, events)).take();
}

}  // namespace dialogue::definitions
