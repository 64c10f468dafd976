// See definition_list.hpp. What several schemas share is in the `$defs` of each that needs it.
#include "server/definitions/output/definition_list.hpp"

#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "server/definitions/output/schema_text.hpp"
#include "server/definitions/output/typescript_names.hpp"
#include "shared/base/base64.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::string_view kPlace = "#/$defs/";
constexpr std::array<std::string_view, 4> kDeliveryWords = {"reliable", "latest", "window", "volatile"};

class StandaloneSchemas {
 public:
  explicit StandaloneSchemas(const Definitions& definitions)
      : graph_(definitions.schemas), names_(graph_, pointers_to(definitions.events)), texts_(graph_, names_, kPlace) {}

  [[nodiscard]] std::string schema(NodeIndex node) const {
    std::string text = texts_.schema(resolve_node(graph_, node));
    std::string shared;
    std::set<std::string> told;
    for (std::string all = text; add_next(all, shared, told);) all = text + shared;
    if (shared.empty() || !text.ends_with('}')) return text;
    text.pop_back();
    return text + (text.size() > 1 ? "," : "") + "\"$defs\":{" + shared + "}}";
  }

 private:
  [[nodiscard]] static std::vector<const EventDefinition*> pointers_to(const std::vector<EventDefinition>& events) {
    std::vector<const EventDefinition*> all;
    for (const EventDefinition& event : events) all.push_back(&event);
    return all;
  }
  /// Adds one schema that `all` refers to and that is not there yet. False: there is none.
  bool add_next(const std::string& all, std::string& shared, std::set<std::string>& told) const {
    for (const NodeIndex node : names_.in_order()) {
      const std::string& name = *names_.find(node);
      if (told.contains(name) || all.find('"' + std::string(kPlace) + name + '"') == std::string::npos) continue;
      told.insert(name);
      shared += (shared.empty() ? "\"" : ",\"") + name + "\":" + texts_.schema(node);
      return true;
    }
    return false;
  }

  const SchemaGraph& graph_;
  const TypeNames names_;
  const SchemaText texts_;
};

std::string room_text(const RoomDefinition& room) {
  JsonText text;
  text.text("pattern", room.id).text("name", room.name.empty() ? room.id : room.name);
  text.flag("isPattern", room.id.find('{') != std::string::npos).raw("events", json_array(room.events, json_string));
  text.raw("maxSize", room.max_size ? std::to_string(*room.max_size) : "null");
  text.text("durability", room.durability == Durability::commit ? "commit" : "memory");
  return text.raw("channels", json_array(room.channels, json_string)).take();
}

}  // namespace

std::string definition_list(const Definitions& definitions, std::span<const std::uint8_t> catalogue) {
  const StandaloneSchemas schemas(definitions);
  JsonText events;
  for (const EventDefinition& event : definitions.events)
    events.raw(event.name, JsonText()
                               .raw("schema", schemas.schema(event.schema))
                               .text("delivery", kDeliveryWords.at(static_cast<std::size_t>(event.delivery)))
                               .take());
  JsonText text;
  text.text("catalogue", encode_base64(catalogue)).raw("events", events.take());
  return text.raw("rooms", json_array(definitions.rooms, room_text)).take();
}

}  // namespace dialogue::definitions
