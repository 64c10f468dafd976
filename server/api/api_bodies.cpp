// The schemas become a catalogue whose events are the bodies; a new room is read as one room of a definition file.
#include "server/api/api_bodies.hpp"

#include <stdexcept>

#include "server/api/table/schemas.hpp"
#include "server/definitions/definitions_json.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/json/json_text.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::api {
namespace {

PublicationBody read_item(JsonReader& reader) {
  PublicationBody item;
  item.from = core::kSystemUserId;
  std::string key;
  if (!reader.enter_object()) return item;
  const auto text_of = [&item](std::string_view name) -> std::string* {
    if (name == "room") return &item.room;
    if (name == "user") return &item.user;
    if (name == "session") return &item.session;
    if (name == "event") return &item.event;
    return name == "from" ? &item.from : nullptr;
  };
  while (reader.next_key(key)) {
    std::string* const text = text_of(key);
    if (key == "delete")
      static_cast<void>(reader.read_boolean(item.deletes));
    else
      static_cast<void>(text != nullptr ? reader.read_string(*text) : reader.read_raw(key == "as" ? item.as : item.data));
  }
  return item;
}

/// "/rooms/0/events/2" as a place in the body: "$.events[2]".
std::string path_of(std::string_view pointer) {
  constexpr std::string_view kRoom = "/rooms/0";
  std::string path = "$";
  if (!pointer.starts_with(kRoom)) return path;
  pointer.remove_prefix(kRoom.size());
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view step = pointer.substr(0, pointer.find('/'));
    const bool is_index = step.find_first_not_of("0123456789") == std::string_view::npos;
    path.append(is_index ? "[" : ".").append(step).append(is_index ? "]" : "");
    pointer.remove_prefix(step.size());
  }
  return path;
}

}  // namespace

ApiBodies::ApiBodies() {
  JsonText members;
  for (const ApiSchema& schema : kBodySchemas) members.raw(schema.name, JsonText().raw("schema", schema.json).take());
  const definitions::LoadResult loaded =
      definitions::load_definitions(JsonText().raw("events", members.take()).take(), "schemas.hpp");
  if (!loaded.ok()) throw std::logic_error(loaded.lines().front());
  bytes_ = make_catalogue(loaded.definitions).bytes;
  catalogue_ = *CatalogueView::parse(bytes_);
}

core::Error ApiBodies::check(std::string_view schema, std::string_view body) const {
  Verdict verdict;
  validate(catalogue_, *catalogue_.find_event(schema), body, verdict);
  return {verdict.code, std::string(verdict.argument()), verdict.valid() ? "" : std::string(verdict.path())};
}

std::optional<PublicationBody> read_publication(std::string_view body) {
  JsonReader reader(body);
  PublicationBody item = read_item(reader);
  return reader.failed() ? std::nullopt : std::optional(std::move(item));
}

std::optional<std::vector<PublicationBody>> read_batch(std::string_view body) {
  std::vector<PublicationBody> items;
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object() || !reader.next_key(key) || !reader.enter_array()) return std::nullopt;
  while (reader.next_element()) items.push_back(read_item(reader));
  return reader.failed() ? std::nullopt : std::optional(std::move(items));
}

std::optional<Emission> read_emission(std::string_view body) {
  Emission read;
  JsonReader reader(body);
  std::string key, text;
  std::string_view raw;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "namespace" || key == "event") {
      static_cast<void>(reader.read_string(key == "event" ? read.event : read.nsp));
    } else if (key == "args") {
      static_cast<void>(reader.enter_array());
      while (reader.next_element() && reader.read_raw(raw)) read.arguments.emplace_back(raw);
    } else {
      static_cast<void>(reader.enter_array());
      while (reader.next_element() && reader.read_string(text)) (key == "rooms" ? read.rooms : read.except).push_back(text);
    }
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

std::optional<EventErasureBody> read_event_erasure(std::string_view body, std::string room) {
  EventErasureBody read;
  read.what.room = std::move(room);
  JsonReader reader(body);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "reason") {
      static_cast<void>(reader.read_string(read.reason));
      continue;
    }
    static_cast<void>(reader.enter_array());
    while (reader.next_element()) {
      std::vector<std::uint64_t> ends;
      std::uint64_t end = 0;
      static_cast<void>(reader.enter_array());
      while (reader.next_element() && reader.read_integer(end)) ends.push_back(end);
      if (reader.failed() || ends.size() != 2) return std::nullopt;
      read.what.sequences.push_back({ends[0], ends[1]});
    }
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

std::optional<RemoteCall> read_remote_call(std::string_view body) {
  RemoteCall read;
  read.request = "null";
  JsonReader reader(body);
  std::string key;
  std::string_view data;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "data") {
      if (reader.read_raw(data)) read.request = data;
    } else {
      static_cast<void>(key == "from" ? reader.read_string(read.from) : reader.read_integer(read.timeout_ms));
    }
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(read));
}

std::optional<RevocationBody> read_revocation(std::string_view body) {
  RevocationBody read;
  JsonReader reader(body);
  std::string key;
  std::size_t kinds = 0;
  bool everybody = false;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    if (key == "tokenId" || key == "user" || key == "everybody") ++kinds;
    if (key == "everybody")
      static_cast<void>(reader.read_boolean(everybody));
    else if (key == "tokenId" || key == "user")
      static_cast<void>(reader.read_string(key == "user" ? read.what.user_id : read.what.token_id));
    else
      static_cast<void>(reader.read_integer(key == "forgetAt" ? read.forget_at_s : read.what.issued_before_s));
  }
  return kinds == 1 && !reader.failed() ? std::optional(std::move(read)) : std::nullopt;
}

std::variant<RoomDefinition, core::Error> read_new_room(std::string_view body, const CatalogueView& catalogue) {
  JsonText events;
  for (std::uint32_t event = 0; event < catalogue.event_count(); ++event)
    events.raw(catalogue.event(event).name, R"({"schema":true})");
  definitions::LoadResult loaded = definitions::load_definitions(
      JsonText().raw("events", events.take()).raw("rooms", '[' + std::string(body) + ']').take(), "body");
  if (loaded.ok()) return std::move(loaded.definitions.rooms.front());
  const definitions::Diagnostic& problem = loaded.problems.front();
  return core::Error{ErrorCode::request_invalid, problem.message + (problem.hint.empty() ? "" : " " + problem.hint),
                     path_of(problem.where)};
}

}  // namespace dialogue::api
