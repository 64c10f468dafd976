// Checks names and rooms, and leads the schemas through their normal form into the writer.
#include "shared/catalogue/catalogue_builder.hpp"

#include <algorithm>

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
  explicit Builder(const Definitions& definitions) : definitions_(definitions) {}

  CatalogueResult build() {
    take_events();
    take_rooms();
    std::vector<SchemaRoot> roots;
    for (const EventDefinition* event : content_.events) roots.push_back({event->schema, "event " + event->name});
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

  void take_events() {
    for (const EventDefinition& event : definitions_.events) {
      if (!is_name(event.name)) fault("event " + event.name, "has a name that is not 1 to 128 of A-Z a-z 0-9 _ - . : @ ~");
      if (!is_utf8(event.latest_key)) fault("event " + event.name, "has a key that is not valid UTF-8.");
      content_.events.push_back(&event);
    }
    std::sort(content_.events.begin(), content_.events.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (std::size_t i = 1; i < content_.events.size(); ++i)
      if (content_.events[i]->name == content_.events[i - 1]->name)
        fault("event " + content_.events[i]->name, "is defined twice.");
    if (content_.events.size() > kCatalogueEventsMax) fault("definitions", "hold more than 4096 events.");
  }

  void take_rooms() {
    for (const RoomDefinition& room : definitions_.rooms) take_room(room);
    std::sort(content_.rooms.begin(), content_.rooms.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    std::vector<std::string> shapes;
    for (const CatalogueContent::Room& room : content_.rooms) {
      const std::string shape = without_parameter_name(room.id);
      if (std::find(shapes.begin(), shapes.end(), shape) != shapes.end())
        fault("room " + std::string(room.id), "has an id that another room has.");
      shapes.push_back(shape);
    }
    if (content_.rooms.size() > kCatalogueRoomsMax) fault("definitions", "hold more than 4096 rooms.");
  }

  void take_room(const RoomDefinition& room) {
    const std::string where = "room " + room.id;
    if (!is_room_pattern(room.id)) fault(where, "has an id that is not a name, nor a name with one {parameter} in it.");
    if (!is_utf8(room.name) || room.name.size() > kDisplayNameBytesMax)
      fault(where, "has a display name that is not 256 bytes of UTF-8.");
    if (room.max_size && (*room.max_size == 0 || *room.max_size > kSafeIntegerMax))
      fault(where, "has a max size that is not 1 to 2^53-1.");
    CatalogueContent::Room& out = content_.rooms.emplace_back();
    out.id = room.id;
    out.name = room.name.empty() ? room.id : room.name;
    out.max_size = room.max_size.value_or(0);
    out.events = indexes(room.events, where);
    out.subscriptions = room.default_subscriptions ? indexes(*room.default_subscriptions, where) : out.events;
    if (!std::includes(out.events.begin(), out.events.end(), out.subscriptions.begin(), out.subscriptions.end()))
      fault(where, "subscribes its members to an event that it does not list.");
  }

  std::vector<std::uint32_t> indexes(const std::vector<std::string>& names, const std::string& where) {
    std::vector<std::uint32_t> found;
    for (const std::string& name : names) {
      const auto event = std::lower_bound(content_.events.begin(), content_.events.end(), name,
                                          [](const EventDefinition* a, const std::string& b) { return a->name < b; });
      if (event == content_.events.end() || (*event)->name != name)
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
  CatalogueContent content_;
  CatalogueResult result_;
};

}  // namespace

CatalogueResult make_catalogue(const Definitions& definitions) { return Builder(definitions).build(); }

}  // namespace dialogue
