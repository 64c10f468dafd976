#include "server/definitions/output/typescript.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "server/definitions/output/typescript_types.hpp"
#include "shared/base/base64.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::definitions {
namespace {

template <class Definition, class Key>
std::vector<const Definition*> sorted_by(const std::vector<Definition>& all, Key key) {
  std::vector<const Definition*> out;
  for (const Definition& each : all) out.push_back(&each);
  std::sort(out.begin(), out.end(), [&](const Definition* a, const Definition* b) { return a->*key < b->*key; });
  return out;
}

std::string hex13(std::uint64_t fingerprint) {
  std::string out(13, '0');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = "0123456789abcdef"[(fingerprint >> (4 * (12 - i))) & 15];
  return out;
}

/// A file's name for a comment of one line, which a line end of any kind would end.
std::string one_line(std::string_view name) {
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  for (const std::string_view separator : {"\xe2\x80\xa8", "\xe2\x80\xa9"})  // U+2028 and U+2029
    for (std::size_t at = out.find(separator); at != std::string::npos; at = out.find(separator, at))
      out.replace(at, separator.size(), " ");
  return out;
}

/// What an entry of the catalogue is to its call.
std::string purpose_in_call(std::string_view entry) {
  const std::size_t at = entry.find('~');
  const std::string call = json_string(entry.substr(0, at));
  if (at == std::string_view::npos) return "The request of " + call + '.';
  const std::string_view value = entry.substr(at);
  if (value.ends_with(kStateEntry)) {
    std::string room(entry.substr(0, entry.size() - kStateEntry.size()));
    std::replace(room.begin(), room.end(), '~', '*');  // a pattern's parameter
    return "The state of a session in " + json_string(room) + '.';
  }
  if (value == kAnswerEntry) return "What " + call + " answers.";
  if (value == kWriteEntry) return "What a client writes to " + call + '.';
  return "The value of the error " + json_string(value.substr(kErrorEntry.size())) + " of " + call + '.';
}

/// The comment of a type whose schema has no description: every name in the module has a comment.
std::string purpose_of(const SchemaGraph& graph, NodeIndex node, const std::vector<const EventDefinition*>& events) {
  std::string names;
  for (const EventDefinition* event : events)
    if (resolve_node(graph, event->schema) == node && event->delivery == Delivery::call) return purpose_in_call(event->name);
  for (const EventDefinition* event : events)
    if (resolve_node(graph, event->schema) == node) names += (names.empty() ? "" : ", ") + json_string(event->name);
  return names.empty() ? "Part of a payload." : "The payload of " + names + '.';
}

std::string type_declaration(const TypeWriter& types, const SchemaGraph& graph, const std::string& name, NodeIndex node,
                             const std::vector<const EventDefinition*>& events) {
  const SchemaNode& schema = graph.nodes[node];
  std::string remarks = schema.description;
  const std::string bounds = hidden_bounds(schema);
  if (!bounds.empty()) remarks += (remarks.empty() ? "" : "\n") + bounds;
  if (remarks.empty()) remarks = purpose_of(graph, node, events);
  const std::string head = jsdoc(remarks, "") + "export ";
  const std::string body = types.expression(node, "");
  // An empty object has no interface: `{}` would allow anything.
  if (types.is_interface(node) && body[0] == '{') return head + "interface " + name + ' ' + body + "\n\n";
  return head + "type " + name + " = " + body + ";\n\n";
}

bool is_filterable(const EventDefinition* event) { return !event->filterable.empty(); }

/// Whether a value of bytes can be in a payload.
bool has_bytes(const SchemaGraph& graph, const std::vector<const EventDefinition*>& events) {
  std::set<NodeIndex> seen;
  std::vector<NodeIndex> open;
  for (const EventDefinition* event : events) open.push_back(event->schema);
  while (!open.empty()) {
    const NodeIndex node = resolve_node(graph, open.back());
    open.pop_back();
    if (!seen.insert(node).second) continue;
    if (is_bytes(graph.nodes[node])) return true;
    for (const auto& child : children_of(graph.nodes[node])) open.push_back(child.first);
  }
  return false;
}

/// What Events carries of the properties that members may filter by.
std::string filterable_paths(const std::vector<const EventDefinition*>& events) {
  std::string paths;
  for (const EventDefinition* event : events) {
    if (!is_filterable(event)) continue;
    std::string names;
    for (const std::string& path : event->filterable) names += (names.empty() ? "" : " | ") + json_string(path);
    paths += (paths.empty() ? "" : "; ") + json_string(event->name) + ": " + names;
  }
  return paths.empty() ? "" : "Filterable<{ " + paths + " }>";
}

/// What Events carries of the states that sessions set.
std::string presence_states(const TypeWriter& types, const std::vector<const RoomDefinition*>& rooms) {
  std::string states;
  for (const RoomDefinition* room : rooms) {
    if (!room->states) continue;
    const std::string state = types.reference(room->states->schema, "  ");
    states += (states.empty() ? "" : "; ") + json_string(room->id) + ": ";
    states += room->states->keeps_sessions ? "BySession<" + state + '>' : state;
  }
  return states.empty() ? "" : "PresenceStates<{ " + states + " }>";
}

/// What an interface of events carries besides them.
std::string carried(const std::string& filterable, const std::string& states) {
  if (filterable.empty() && states.empty()) return {};
  return "extends " + filterable + (filterable.empty() || states.empty() ? "" : ", ") + states + ' ';
}

std::string events_interface(const TypeWriter& types, const std::vector<const EventDefinition*>& events,
                             const std::vector<const RoomDefinition*>& rooms) {
  static constexpr std::array<std::string_view, 4> kDeliveryRemarks = {"in the log", "only the newest is kept",
                                                                       "in the log for a while", "never stored"};
  std::string out = "/** The payload of each event. */\nexport interface Events " +
                    carried(filterable_paths(events), presence_states(types, rooms)) + "{\n";
  for (const EventDefinition* event : events) {
    std::string remarks = event->description;
    remarks += remarks.empty() ? "" : "\n";
    remarks += "Delivery: " + std::string(kDeliveryRemarks[static_cast<std::size_t>(event->delivery)]) + '.';
    out += jsdoc(remarks, "  ") + "  " + json_string(event->name) + ": " + types.reference(event->schema, "  ") + ";\n";
  }
  return out + "}\n\n";
}

std::string calls_interface(const TypeWriter& types, const std::vector<const CallDefinition*>& calls) {
  if (calls.empty()) return {};
  std::string out = "/** What each call and stream carries. */\nexport interface Calls {\n";
  for (const CallDefinition* call : calls) {
    std::string remarks = call->description;
    remarks += remarks.empty() ? "" : "\n";
    remarks += call->kind == CallKind::call
                   ? call->is_idempotent ? "A call that is repeated where its answer is lost." : "A call."
               : call->kind == CallKind::stream ? "A stream of items."
                                                : "A stream in both directions.";
    out += jsdoc(remarks, "  ") + "  " + json_string(call->name) +
           ": {\n    kind: " + json_string(kCallKindNames[static_cast<std::size_t>(call->kind)]) +
           ";\n    request: " + types.reference(call->request, "    ") +
           ";\n    answer: " + types.reference(call->answer, "    ") + ";\n";
    if (call->kind == CallKind::duplex) out += "    write: " + types.reference(call->write, "    ") + ";\n";
    std::string errors;
    for (const CallError& error : call->errors)
      errors += (errors.empty() ? " " : "; ") + error.code + ": " + types.reference(error.data, "    ");
    out += "    errors: {" + errors + (errors.empty() ? "" : " ") + "};\n  };\n";
  }
  return out + "}\n\n";
}

std::string rooms_interface(const std::vector<const RoomDefinition*>& rooms) {
  std::string out = "/** The events of each room, by its id or pattern. */\nexport interface Rooms {\n";
  for (const RoomDefinition* room : rooms) {
    std::string remarks = room->max_size ? "at most " + std::to_string(*room->max_size) + " members" : "any number of members";
    if (room->name.empty())
      remarks[0] = static_cast<char>(remarks[0] - 'a' + 'A');
    else
      remarks = room->name + ": " + remarks;
    if (!room->description.empty()) remarks += (remarks.empty() ? "" : "\n") + room->description;
    std::vector<std::string> events = room->events;
    std::sort(events.begin(), events.end());
    std::string names;
    for (const std::string& event : events) names += (names.empty() ? "" : " | ") + json_string(event);
    out += jsdoc(remarks, "  ") + "  " + json_string(room->id) + ": " + (names.empty() ? "never" : names) + ";\n";
  }
  return out + "}\n\n";
}

/// What form libraries take. The package's validator is loaded by the first check, so that other pages have nothing of it.
std::string event_schemas(const CatalogueView& catalogue, const std::vector<const EventDefinition*>& events) {
  if (events.empty()) return {};
  std::string out =
      "const schema = (number: number): StandardSchema<any> => ({\n"
      "  \"~standard\": {\n"
      "    version: 1,\n"
      "    vendor: \"dialogue\",\n"
      "    validate: async (value: unknown) => (await import(\"dialogue-client/schemas\")).check(app, number, value),\n"
      "  },\n"
      "});\n\n"
      "/** The payload of each event as a Standard Schema (https://standardschema.dev), which form libraries take. */\n"
      "export const schemas: EventSchemas<Events> = {\n";
  for (const EventDefinition* event : events)
    out += "  " + json_string(event->name) + ": /* @__PURE__ */ schema(" +
           std::to_string(catalogue.find_event(event->name).value() + 1) + "),\n";
  return out + "};\n\n";
}

}  // namespace

std::string typescript_module(const Definitions& definitions, std::span<const std::uint8_t> catalogue_bytes,
                              std::string_view source) {
  const auto catalogue = CatalogueView::parse(catalogue_bytes);
  if (!catalogue) throw std::invalid_argument("typescript_module: the bytes are not a catalogue");
  const auto events = sorted_by(definitions.events, &EventDefinition::name);
  const SchemaGraph schemas = with_possible_values(definitions.schemas);
  const std::vector<EventDefinition> entries = value_entries(definitions);
  auto payloads = events;
  for (const EventDefinition& entry : entries)
    if (schemas.nodes[resolve_node(schemas, entry.schema)].types != kNull) payloads.push_back(&entry);
  const TypeNames names(schemas, payloads);
  const TypeWriter types(schemas, names);

  std::string out =
      "// Generated by `dialogue codegen`" + (source.empty() ? "" : " from " + one_line(source)) + ". Do not edit.\n";
  const bool has_filters = std::any_of(events.begin(), events.end(), is_filterable);
  const auto rooms = sorted_by(definitions.rooms, &RoomDefinition::id);
  const bool has_states = std::any_of(rooms.begin(), rooms.end(), [](const RoomDefinition* room) { return room->states; });
  const bool has_sessions = std::any_of(rooms.begin(), rooms.end(),
                                        [](const RoomDefinition* room) { return room->states && room->states->keeps_sessions; });
  out += "import type { ";
  out += has_sessions ? "BySession, " : "";
  out += "DialogueApp";
  out += events.empty() ? "" : ", EventSchemas";
  out += has_filters ? ", Filterable" : "";
  out += has_states ? ", PresenceStates" : "";
  out += events.empty() ? "" : ", StandardSchema";
  out += " } from \"dialogue-client\";\n";
  const bool bytes = has_bytes(schemas, payloads);
  if (bytes) out += "import { payloadBytes } from \"dialogue-client/bytes\";\n";
  out += '\n';
  for (const NodeIndex node : names.in_order()) out += type_declaration(types, schemas, *names.find(node), node, payloads);
  out += events_interface(types, events, rooms);
  out += rooms_interface(rooms);
  out += calls_interface(types, sorted_by(definitions.calls, &CallDefinition::name));
  const std::string text = "\"" + encode_base64(catalogue_bytes) + '"';
  if (bytes) out += "const catalogue =\n  " + text + ";\n\n";
  out += "/** The definitions as `createDialogueClient({ app })` takes them, with the types of their events and rooms. */\n";
  out += "export const app: DialogueApp<Events, Rooms" + std::string(definitions.calls.empty() ? "" : ", Calls") +
         "> = {\n  catalogue";
  out += (bytes ? "" : ":\n    " + text) + ",\n  fingerprint: \"" + hex13(catalogue->fingerprint()) + "\",\n";
  if (bytes) out += "  bytes: payloadBytes(catalogue),\n";
  out += "};\n\n" + event_schemas(*catalogue, events) + "export default app;\n";
  return out;
}

}  // namespace dialogue::definitions
