// The "rooms" part of app.json: an object from id to room, or an array of rooms with `id`.
#include <algorithm>
#include <array>

#include "server/definitions/compatibility/room_shape.hpp"
#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/source/middleware_json.hpp"
#include "server/definitions/source/suggestion.hpp"
#include "shared/base/names.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::array<std::string_view, 13> kRoomKeys = {
    "id",       "name",   "description", "maxSize",    "events",  "defaultSubscriptions", "retention", "durability",
    "presence", "access", "channels",    "middleware", "$comment"};

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

/// The name in "role:NAME" or "user:ID": one that an identity can have.
bool is_grantee(std::string_view name) {
  return !name.empty() && name.size() <= kMetaBytesMax && name.front() != ' ' && name.back() != ' ' && !has_control(name);
}

}  // namespace

void DefinitionsReader::read_rooms(const JsonLocation& site) {
  if (site.value.items.size() > kCatalogueRoomsMax || site.value.members.size() > kCatalogueRoomsMax)
    site.fault("There are more than " + std::to_string(kCatalogueRoomsMax) + " rooms.");
  if (site.value.is(JsonValue::Kind::array)) {
    for (std::size_t i = 0; i < site.value.items.size(); ++i) {
      const JsonLocation room = site.child(i);
      const auto id = room.child("id");
      if (!id || !id->value.is(JsonValue::Kind::string))
        room.fault("A room of a list has a string `id`.");
      else
        read_room(id->value.text, room,
                  [&](std::string message, std::string hint) { id->fault(std::move(message), std::move(hint)); });
    }
  } else if (site.value.is(JsonValue::Kind::object)) {
    for (const JsonMember& member : site.value.members) {
      const JsonLocation room = site.child(member);
      if (const auto id = room.child("id")) id->fault("The room's id is its key already.", "Remove `id`.");
      read_room(member.key, room,
                [&](std::string message, std::string hint) { site.key_fault(member, std::move(message), std::move(hint)); });
    }
  } else {
    site.fault("`rooms` is an object from id to room, or an array of rooms.");
  }
}

void DefinitionsReader::read_room(const std::string& id, const JsonLocation& site, const IdError& id_fault) {
  if (!is_room_pattern(id))
    id_fault("the room id is not valid.",
             "An id is 1 to 128 of A-Z a-z 0-9 _ - . : @ ~, with at most one {parameter}, such as \"game-{id}\".");
  const auto [same, added] = room_shapes_.try_emplace(room_shape(id), id);
  if (!added) id_fault("the room " + same->second + " matches the same ids.", "Keep one of the two.");
  RoomDefinition room;
  room.id = id;
  if (site.object("a room", kRoomKeys)) read_room_members(room, site);
  out_.rooms.push_back(std::move(room));
}

void DefinitionsReader::read_room_members(RoomDefinition& room, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 2> kDurabilities = {"commit", "memory"};
  if (const auto name = site.child("name")) {
    room.name = name->string(kDisplayNameBytesMax).value_or("");
    if (has_control(room.name))
      name->fault("A name has no control characters.", "Write it on one line; `description` has more room.");
  }
  if (const auto description = site.child("description")) room.description = description->string(kCatalogueBytesMax).value_or("");
  if (const auto size = site.child("maxSize")) room.max_size = size->count(1);
  if (const auto events = site.child("events"))
    room.events = read_event_names(*events, event_names_, "the file's `events`");
  else
    site.fault("`events` is missing.", "Write \"events\": [] for a room that allows none.");
  if (const auto events = site.child("defaultSubscriptions"))
    room.default_subscriptions = read_event_names(*events, room.events, "the room's `events`");
  if (const auto retention = site.child("retention")) read_retention(room, *retention);
  check_documents(room, site);
  if (const auto durability = site.child("durability"))
    room.durability = durability->word(kDurabilities) == 1u ? Durability::memory : Durability::commit;
  if (const auto presence = site.child("presence")) read_presence(room, *presence);
  if (const auto access = site.child("access")) read_access(room, *access);
  if (const auto middleware = site.child("middleware")) room.middleware = read_middleware(*middleware);
  if (const auto channels = site.child("channels")) {
    room.channels = channels->strings().value_or(std::vector<std::string>{});
    if (channels->value.is(JsonValue::Kind::array) && room.channels.empty())
      channels->fault("`channels` names no transport: no client could join.",
                      "Write [\"websocket\", \"sse\"], or leave `channels` out for all.");
    for (std::size_t i = 0; i < room.channels.size(); ++i) (void)channels->child(i).word(kChannels);
  }
}

void DefinitionsReader::read_retention(RoomDefinition& room, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 2> kKeys = {"maxEvents", "maxAge"};
  room.retention = {};  // where it stands, a member left out is unbounded
  if (!site.object("retention", kKeys)) return;
  if (const auto events = site.child("maxEvents")) room.retention.max_events = events->count(0);
  if (const auto age = site.child("maxAge")) room.retention.max_age_ms = age->duration_ms();
}

void DefinitionsReader::read_access(RoomDefinition& room, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 5> kKeys = {"join", "publish", "history", "presence", "manage"};
  if (!site.object("access", kKeys)) return;
  Access& access = room.access;
  if (const auto grants = site.child("join")) access.join = read_grants(room, *grants);
  if (const auto grants = site.child("history")) access.history = read_grants(room, *grants);
  if (const auto grants = site.child("presence")) access.presence = read_grants(room, *grants);
  if (const auto grants = site.child("manage")) access.manage = read_grants(room, *grants);
  if (const auto grants = site.child("publish")) read_publish_access(room, *grants);
}

void DefinitionsReader::read_publish_access(RoomDefinition& room, const JsonLocation& site) {
  if (!site.value.is(JsonValue::Kind::object)) {
    room.access.publish = read_grants(room, site);
    return;
  }
  const std::vector<std::string_view> known(room.events.begin(), room.events.end());
  for (const JsonMember& member : site.value.members) {
    if (std::find(known.begin(), known.end(), member.key) == known.end())
      site.key_fault(member, "the room's `events` does not list " + member.key + ".", did_you_mean(member.key, known));
    if (auto grants = read_grants(room, site.child(member))) room.access.publish_event[member.key] = std::move(*grants);
  }
}

std::optional<Grants> DefinitionsReader::read_grants(const RoomDefinition& room, const JsonLocation& site) {
  auto grants = site.strings();
  if (!grants) return std::nullopt;
  for (std::size_t i = 0; i < grants->size(); ++i) {
    const std::string& grant = (*grants)[i];
    const bool named =
        (grant.rfind("role:", 0) == 0 || grant.rfind("user:", 0) == 0) && is_grantee(std::string_view(grant).substr(5));
    if (grant != "*" && grant != kTokenGrant && !named)
      site.child(i).fault(
          "\"" + grant + "\" is not a grant.",
          "Write \"*\", \"role:NAME\", \"user:ID\" or \"token\"; a name has no control characters and no space at its ends.");
    else if (!names_parameter_of(grant, room.id))
      site.child(i).fault("\"" + grant + "\" names in braces what is not the parameter of " + room.id + ".",
                          "In a room \"inbox-{id}\" write \"user:{id}\".");
  }
  return grants;
}

std::vector<std::string> DefinitionsReader::read_event_names(const JsonLocation& site, const std::vector<std::string>& known,
                                                             std::string_view where) {
  const auto names = site.strings().value_or(std::vector<std::string>{});
  const std::vector<std::string_view> views(known.begin(), known.end());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::find(known.begin(), known.end(), names[i]) == known.end())
      site.child(i).fault(std::string(where) + " does not list \"" + names[i] + "\".", did_you_mean(names[i], views));
  return names;
}

}  // namespace dialogue::definitions
