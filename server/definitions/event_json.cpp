// The "events" part of app.json: name, schema, delivery.
#include <algorithm>
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/schema/schema_json.hpp"
#include "shared/base/names.hpp"

namespace dialogue::definitions {

void DefinitionsReader::read_events(const JsonLocation& site) {
  if (!site.value.is(JsonValue::Kind::object)) return site.fault("`events` is an object from event name to definition.");
  if (site.value.members.size() > kCatalogueEventsMax)
    site.fault("There are more than " + std::to_string(kCatalogueEventsMax) + " events.");
  for (const JsonMember& member : site.value.members) {
    event_names_.push_back(member.key);
    if (!is_name(member.key))
      site.key_fault(member, "the event name is not valid.", "A name is 1 to 128 of A-Z a-z 0-9 _ - . : @ ~, without \"..\".");
    if (is_reserved_event(member.key))
      site.key_fault(member, "event names that begin with \"dialogue.\" are the server's own.", "Choose another domain.");
    read_event(member.key, site.child(member));
  }
}

void DefinitionsReader::read_event(const std::string& name, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 7> kKeys = {"schema", "delivery",    "filterable", "document",
                                                            "push",   "description", "$comment"};
  if (!site.object("an event", kKeys)) return;
  EventDefinition event;
  event.name = name;
  if (const auto description = site.child("description"))
    event.description = description->string(kCatalogueBytesMax).value_or("");
  const auto schema = site.child("schema");
  if (const auto document = site.child("document")) {
    for (const std::string_view other : {"schema", "delivery", "filterable", "push"})
      if (const auto place = site.child(other))
        place->fault("A document has no `" + std::string(other) + "`.", "Its updates are the event's payloads. Remove it.");
    read_document(event, *document);
    out_.events.push_back(std::move(event));
    return;
  }
  if (!schema) return site.fault("`schema` is missing.", "Write \"schema\": true to allow any JSON.");
  const std::size_t before = site.problems.size();
  event.schema = load_schema(schema->value, schema->pointer, out_.schemas, site.problems, shared_);
  if (event.description.empty()) event.description = out_.schemas.nodes[event.schema].description;
  const auto delivery = site.child("delivery");
  if (delivery) read_delivery(event, *delivery);
  if (delivery && site.problems.size() == before) check_latest_key(event, *delivery);
  if (const auto filterable = site.child("filterable")) read_filterable(event, *filterable);
  if (const auto push = site.child("push")) read_push(event, *push);
  out_.events.push_back(std::move(event));
}

void DefinitionsReader::read_filterable(EventDefinition& event, const JsonLocation& site) {
  event.filterable = site.strings().value_or(std::vector<std::string>{});
  if (event.filterable.size() > kFilterableMax)
    site.fault("An event has at most " + std::to_string(kFilterableMax) + " filterable properties.");
  for (std::size_t i = 0; i < event.filterable.size(); ++i) {
    const std::string& path = event.filterable[i];
    const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.')) + 1;
    if (depth > kFilterableDepthMax)
      site.child(i).fault("A filterable property is at most " + std::to_string(kFilterableDepthMax) + " levels deep.");
    else if (!may_have(event.schema, path))
      site.child(i).fault("\"" + path + "\" is not a property of the payload.",
                          "Declare it in the schema; write nested ones as \"customer.region\".");
  }
}

/// Whether a payload of this schema may have the property: it is declared, or anything may be there.
bool DefinitionsReader::may_have(NodeIndex index, std::string_view path) const {
  const auto& nodes = out_.schemas.nodes;
  while (nodes[index].same_as) index = *nodes[index].same_as;
  const SchemaNode& node = nodes[index];
  if (path.empty()) return true;
  if ((node.types & kObject) == 0) return false;
  if (node.one_of) return true;
  const std::string_view name = path.substr(0, path.find('.'));
  const std::string_view rest = path.substr(std::min(path.size(), name.size() + 1));
  if (name.empty() || (rest.empty() && path.ends_with('.'))) return false;
  const auto property =
      std::find_if(node.properties.begin(), node.properties.end(), [&](const PropertySchema& each) { return each.name == name; });
  if (property == node.properties.end() || !property->schema) return node.properties.empty() && !node.additional_properties;
  return may_have(*property->schema, rest);
}

void DefinitionsReader::read_delivery(EventDefinition& event, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 3> kWords = {"reliable", "volatile", "latest"};
  static constexpr std::array kMeanings = {Delivery::reliable, Delivery::volatile_, Delivery::latest};
  static constexpr std::array<std::string_view, 2> kKeys = {"latest", "window"};
  if (site.value.is(JsonValue::Kind::string)) {
    if (const auto index = site.word(kWords)) event.delivery = kMeanings[*index];
    return;
  }
  if (!site.object("delivery", kKeys)) return;
  if (site.value.members.size() != 1)
    return site.fault("One delivery policy is expected.",
                      "Write \"reliable\", \"volatile\", \"latest\", {\"latest\": KEY} or {\"window\": {\"maxEvents\": 100, "
                      "\"maxAge\": \"1m\"}}.");
  if (const auto latest = site.child("latest")) {
    event.delivery = Delivery::latest;
    event.latest_key = latest->string(kNameBytesMax).value_or("");
    if (latest->value.is(JsonValue::Kind::string) && latest->value.text.empty())
      latest->fault("The key is empty.", "Name a property, or write \"delivery\": \"latest\" to keep only the newest of all.");
  }
  if (const auto window = site.child("window")) read_window(event, *window);
}

void DefinitionsReader::read_window(EventDefinition& event, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 2> kKeys = {"maxEvents", "maxAge"};
  event.delivery = Delivery::window;
  if (!site.object("a window", kKeys)) return;
  if (site.value.members.empty()) site.fault("A window has `maxEvents`, `maxAge` or both.");
  if (const auto events = site.child("maxEvents")) event.window_events = events->count(1);
  if (const auto age = site.child("maxAge")) event.window_age_ms = age->duration_ms();
}

/// A key that a payload might lack, or that is not a plain value, would make "the newest per key" a guess.
void DefinitionsReader::check_latest_key(const EventDefinition& event, const JsonLocation& site) {
  if (event.latest_key.empty()) return;
  const auto resolve = [&](NodeIndex node) -> const SchemaNode& {
    while (out_.schemas.nodes[node].same_as) node = *out_.schemas.nodes[node].same_as;
    return out_.schemas.nodes[node];
  };
  const SchemaNode& payload = resolve(event.schema);
  const auto key = std::find_if(payload.properties.begin(), payload.properties.end(),
                                [&](const PropertySchema& p) { return p.name == event.latest_key; });
  const bool plain = key != payload.properties.end() && key->required && key->schema && resolve(*key->schema).types != 0 &&
                     (resolve(*key->schema).types & (kArray | kObject | kNull)) == 0;
  if (payload.types != kObject || !plain)
    site.fault("\"" + event.latest_key + "\" is not a required property of the payload that is a string, number or boolean.",
               "Declare it in the schema and list it under `required`.");
}

}  // namespace dialogue::definitions
