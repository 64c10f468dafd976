// Checks names and rooms, and leads the schemas through their normal form into the writer.
#include "shared/catalogue/catalogue_builder.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/base/utf8.hpp"
#include "shared/catalogue/catalogue_writer.hpp"
#include "shared/catalogue/schema_classes.hpp"
#include "shared/catalogue/schema_normal_form.hpp"
#include "shared/schema/canonical_json.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

class Builder {
 public:
  explicit Builder(const Definitions& definitions) : definitions_(definitions), entries_(value_entries(definitions)) {}

  CatalogueResult build() {
    check_calls();
    take_events();
    take_rooms();
    std::vector<SchemaRoot> roots;
    for (const EventDefinition* event : content_.events) roots.push_back({event->schema, place_of(*event)});
    const NormalForm form = normalize_schemas(definitions_.schemas, roots, result_.faults);
    if (!result_.ok()) return std::move(result_);
    content_.schemas = reduce_to_classes(form);
    if (content_.schemas.nodes.size() > kCatalogueNodesMax) fault("definitions", "hold more than 8192 different schemas.");
    std::vector<std::uint8_t> bytes = write_catalogue(content_);
    if (bytes.size() > kCatalogueBytesMax) fault("definitions", "are larger than 1 MiB as a catalogue.");
    if (result_.ok()) result_.bytes = std::move(bytes);
    return std::move(result_);
  }

 private:
  void fault(std::string where, std::string message) { result_.faults.push_back({std::move(where), std::move(message)}); }

  static std::string place_of(const EventDefinition& entry) {
    if (entry.delivery != Delivery::call) return "event " + entry.name;
    if (!entry.name.ends_with(kStateEntry)) return "call " + entry.name;
    return "room " + entry.name.substr(0, entry.name.size() - kStateEntry.size());
  }

  void take_events() {
    for (const EventDefinition& event : definitions_.events) {
      if (!is_name(event.name)) fault("event " + event.name, "has a name that is not 1 to 128 of A-Z a-z 0-9 _ - . : @ ~");
      if (!is_utf8(event.latest_key)) fault("event " + event.name, "has a key that is not valid UTF-8.");
      content_.events.push_back(&event);
    }
    for (const EventDefinition& entry : entries_) content_.events.push_back(&entry);
    std::sort(content_.events.begin(), content_.events.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (std::size_t i = 1; i < content_.events.size(); ++i)
      if (content_.events[i]->name == content_.events[i - 1]->name)
        fault("event " + content_.events[i]->name, "is defined twice.");
    if (content_.events.size() > kCatalogueEventsMax) fault("definitions", "hold more than 4096 events.");
  }

  void check_calls() {
    for (const CallDefinition& call : definitions_.calls) {
      const std::string where = "call " + call.name;
      if (!is_call_name(call.name)) fault(where, "has a name that is not 1 to 96 of A-Z a-z 0-9 _ - . : @");
      if (call.timeout_ms > kCallTimeoutMaxMs) fault(where, "has a timeout of more than 10 minutes.");
      if (call.is_idempotent && call.kind != CallKind::call) fault(where, "is a stream, and only calls are idempotent.");
      for (const CallError& error : call.errors)
        if (!is_call_error(error.code))
          fault(where, "declares the error \"" + error.code + "\", which is not 1 to 24 of a-z 0-9 _");
    }
  }

  void take_rooms() {
    for (const RoomDefinition& room : definitions_.rooms) take_room(room);
    std::sort(content_.rooms.begin(), content_.rooms.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    std::vector<std::string> shapes;
    for (const CatalogueContent::Room& room : content_.rooms) {
      const std::string shape = without_parameter_name(room.id);
      if (std::find(shapes.begin(), shapes.end(), shape) != shapes.end())
        fault("room " + std::string(room.id), "has the same id as another room.");
      shapes.push_back(shape);
    }
    if (content_.rooms.size() > kCatalogueRoomsMax) fault("definitions", "hold more than 4096 rooms.");
  }

  void take_room(const RoomDefinition& room) {
    const std::string where = "room " + room.id;
    if (!is_room_pattern(room.id)) fault(where, "has an id that is neither a name nor a name with one {parameter}.");
    if (!is_utf8(room.name) || room.name.size() > kDisplayNameBytesMax)
      fault(where, "has a display name that is not 256 bytes of UTF-8.");
    if (room.max_size && (*room.max_size == 0 || *room.max_size > kSafeIntegerMax))
      fault(where, "has a max size that is not 1 to 2^53-1.");
    if (room.states) check_states(*room.states, room.id, where);
    CatalogueContent::Room& out = content_.rooms.emplace_back();
    out.id = room.id;
    out.name = room.name.empty() ? room.id : room.name;
    out.max_size = room.max_size.value_or(0);
    out.events = indexes(room.events, where);
    out.subscriptions = room.default_subscriptions ? indexes(*room.default_subscriptions, where) : out.events;
    if (!std::includes(out.events.begin(), out.events.end(), out.subscriptions.begin(), out.subscriptions.end()))
      fault(where, "subscribes members to an event that it does not list.");
  }

  void check_states(const StatesDefinition& states, const std::string& id, const std::string& where) {
    if (!is_name(state_entry(id))) fault(where, "has presence states, and an id of more than 118 bytes.");
    if (states.rate == 0 || states.rate > kStatesRateMax) fault(where, "has a rate of presence that is not 1 to 50.");
    if (states.grace_ms > kStatesGraceMaxMs) fault(where, "has a grace of presence of more than 5 minutes.");
  }

  std::vector<std::uint32_t> indexes(const std::vector<std::string>& names, const std::string& where) {
    std::vector<std::uint32_t> found;
    for (const std::string& name : names) {
      const auto event = std::lower_bound(content_.events.begin(), content_.events.end(), name,
                                          [](const EventDefinition* a, const std::string& b) { return a->name < b; });
      if (event == content_.events.end() || (*event)->name != name || (*event)->delivery == Delivery::call)
        fault(where, "lists the event " + name + ", which is not defined.");
      else
        found.push_back(static_cast<std::uint32_t>(event - content_.events.begin()));
    }
    std::sort(found.begin(), found.end());
    if (std::adjacent_find(found.begin(), found.end()) != found.end()) fault(where, "lists an event twice.");
    return found;
  }

  /// "game-{id}" and "game-{n}" are one pattern.
  static std::string without_parameter_name(std::string_view id) {
    const std::size_t open = id.find('{');
    if (open == std::string_view::npos) return std::string(id);
    return std::string(id.substr(0, open)) + "{}" + std::string(id.substr(std::min(id.size(), id.find('}', open) + 1)));
  }

  const Definitions& definitions_;
  const std::vector<EventDefinition> entries_;
  CatalogueContent content_;
  CatalogueResult result_;
};

}  // namespace

std::vector<EventDefinition> value_entries(const Definitions& definitions) {
  std::vector<EventDefinition> entries;
  const auto add = [&entries](std::string name, NodeIndex schema) {
    EventDefinition& entry = entries.emplace_back();
    entry.name = std::move(name);
    entry.schema = schema;
    entry.delivery = Delivery::call;
  };
  for (const RoomDefinition& room : definitions.rooms)
    if (room.states) add(state_entry(room.id), room.states->schema);
  for (const CallDefinition& call : definitions.calls) {
    add(call.name, call.request);
    entries.back().latest_key = call.is_idempotent ? "idempotent" : kCallKindNames[static_cast<std::size_t>(call.kind)];
    add(call.name + std::string(kAnswerEntry), call.answer);
    if (call.kind == CallKind::duplex) add(call.name + std::string(kWriteEntry), call.write);
    for (const CallError& error : call.errors) add(call.name + std::string(kErrorEntry) + error.code, error.data);
  }
  return entries;
}

CatalogueResult make_catalogue(const Definitions& definitions) { return Builder(definitions).build(); }

}  // namespace dialogue
