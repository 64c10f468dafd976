// The canonical form: the same agreement gives the same bytes; another one gives others; an impossible one is refused with its
// place.
#include "shared/catalogue/catalogue_builder.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;
using Lines = std::vector<std::string>;

std::vector<std::uint8_t> bytes_of(SchemaGraph graph, NodeIndex root) { return Built(one_event(std::move(graph), root)).bytes; }
/// Of `graph` with `node` as its root; the graph itself stays as it is.
std::vector<std::uint8_t> bytes_with(SchemaGraph graph, const SchemaNode& node) {
  const NodeIndex root = graph.add(node);
  return bytes_of(std::move(graph), root);
}
std::vector<std::uint8_t> bytes_of(const SchemaNode& node) {
  SchemaGraph graph;
  const NodeIndex root = graph.add(node);
  return bytes_of(std::move(graph), root);
}

SchemaNode object(std::vector<PropertySchema> properties) {
  SchemaNode node = node_of(kObject);
  node.properties = std::move(properties);
  return node;
}

TEST_CASE("the order of events, rooms and properties does not show in the bytes") {
  Definitions first;
  const NodeIndex text = first.schemas.add(node_of(kString)), number = first.schemas.add(node_of(kNumber));
  first.events = {event_of("a", first.schemas.add(object({{"x", text, true}, {"y", number, false}}))), event_of("b", text)};
  first.rooms = {room_of("chat", {"a", "b"}), room_of("game-{id}", {"b"})};
  Definitions second;
  const NodeIndex number2 = second.schemas.add(node_of(kNumber | kInteger)), text2 = second.schemas.add(node_of(kString));
  second.events = {event_of("b", text2), event_of("a", second.schemas.add(object({{"y", number2, false}, {"x", text2, true}})))};
  second.rooms = {room_of("game-{id}", {"b"}), room_of("chat", {"b", "a"})};
  CHECK(Built(first).bytes == Built(second).bytes);
}

TEST_CASE("an inlined schema, a reference and a schema that is used twice are one") {
  SchemaGraph inlined;
  const NodeIndex a = inlined.add(node_of(kString)), b = inlined.add(node_of(kString));
  const NodeIndex inlined_root = inlined.add(object({{"x", a, false}, {"y", b, false}}));
  SchemaGraph shared;
  const NodeIndex text = shared.add(node_of(kString));
  const NodeIndex shared_root = shared.add(object({{"x", text, false}, {"y", text, false}}));
  SchemaGraph referring;
  SchemaNode reference, reference_to_reference;
  const NodeIndex target = referring.add(node_of(kString));
  reference.same_as = target;
  const NodeIndex link = referring.add(reference);
  reference_to_reference.same_as = link;
  const NodeIndex referring_root =
      referring.add(object({{"x", link, false}, {"y", referring.add(reference_to_reference), false}}));
  const auto bytes = bytes_of(inlined, inlined_root);
  CHECK(bytes == bytes_of(shared, shared_root));
  CHECK(bytes == bytes_of(referring, referring_root));
}

/// A tree {name, children: [tree]} whose recursion goes through `copies` equal nodes before it closes.
std::vector<std::uint8_t> tree_bytes(std::uint32_t copies) {
  SchemaGraph graph;
  const NodeIndex text = graph.add(node_of(kString));
  std::vector<NodeIndex> trees, lists;
  for (std::uint32_t i = 0; i < copies; ++i) trees.push_back(graph.add({}));
  for (std::uint32_t i = 0; i < copies; ++i) {
    SchemaNode list = node_of(kArray);
    list.items = trees[(i + 1) % copies];
    graph.nodes[trees[i]] = object({{"name", text, true}, {"children", graph.add(list), true}});
  }
  return bytes_of(graph, trees[0]);
}

TEST_CASE("a recursive schema is the same however often it was unrolled") {
  CHECK(tree_bytes(1) == tree_bytes(2));
  CHECK(tree_bytes(1) == tree_bytes(7));
}

TEST_CASE("keywords without an effect are not in the catalogue") {
  SchemaGraph graph;
  SchemaNode loose = node_of(kArray);
  loose.items = graph.add({});
  SchemaNode same = node_of(kArray);
  same.min_items = 0;
  same.max_length = 7;
  same.minimum = 1;
  same.max_items = 1ULL << 40;
  same.prefix_items = {graph.add({}), graph.add({})};
  same.properties = {{"x", graph.add(node_of(kString)), true}};
  CHECK(bytes_with(graph, loose) == bytes_of(node_of(kArray)));
  CHECK(bytes_with(graph, same) == bytes_of(node_of(kArray)));
  SchemaNode described = node_of(kString);
  described.description = "for people";
  described.type_name = "Name";
  CHECK(bytes_of(described) == bytes_of(node_of(kString)));
}

TEST_CASE("values in enum and const are compared by meaning") {
  SchemaNode first, second;
  first.enumeration = {{"1", R"({"a":1,"b":[2]})", "\"x\""}};
  second.enumeration = {{R"("\u0078")", R"({"b":[2.0],"a":0,"a":1e0})", "1.0", "10e-1"}};
  CHECK(bytes_of(first) == bytes_of(second));
  SchemaNode single;
  single.enumeration = {{"1"}};
  CHECK(bytes_of(single) == bytes_of(constant("1.0")));
  SchemaNode typed = constant("\"x\"");
  typed.types = kString | kNull;
  CHECK(bytes_of(typed) == bytes_of(constant("\"x\"")));
}

TEST_CASE("bounds are compared by value") {
  SchemaNode first = node_of(kInteger), second = node_of(kInteger);
  first.minimum = -0.0;
  second.minimum = 0;
  first.maximum = second.maximum = 9007199254740991.0;
  CHECK(bytes_of(first) == bytes_of(second));
}

TEST_CASE("oneOf by type is the plain node that says the same") {
  SchemaGraph graph;
  SchemaNode text = node_of(kString);
  text.max_length = 5;
  OneOf one_of;
  one_of.by_type = {graph.add(node_of(kNull)), graph.add(text)};
  SchemaNode choice;
  choice.one_of = one_of;
  SchemaNode plain = node_of(kNull | kString);
  plain.max_length = 5;
  CHECK(bytes_with(graph, choice) == bytes_of(plain));

  SchemaGraph listed;
  one_of.by_type = {listed.add(constant("\"a\"")), listed.add(node_of(kNull))};
  choice.one_of = one_of;
  SchemaNode values;
  values.enumeration = {{"null", "\"a\""}};
  CHECK(bytes_with(listed, choice) == bytes_of(values));
}

TEST_CASE("a property that is only required has the schema of the other properties") {
  SchemaGraph graph;
  const NodeIndex text = graph.add(node_of(kString));
  SchemaNode implied = object({{"x", std::nullopt, true}}), spelled = object({{"x", text, true}});
  implied.additional_properties = spelled.additional_properties = text;
  CHECK(bytes_with(graph, implied) == bytes_with(graph, spelled));
}

TEST_CASE("every public part of the agreement changes the fingerprint, and no private part does") {
  Definitions base;
  SchemaNode text = node_of(kString);
  text.max_length = 10;
  const NodeIndex root = base.schemas.add(text);
  base.events = {event_of("a", root), event_of("b", root)};
  base.rooms = {room_of("chat", {"a", "b"})};
  std::set<std::uint64_t> fingerprints = {Built(base).view.fingerprint()};
  const auto differs = [&](auto change) {
    Definitions changed = base;
    change(changed);
    return fingerprints.insert(Built(changed).view.fingerprint()).second;
  };
  CHECK(differs([](Definitions& d) {
    d.events[0].name = "c";
    d.rooms[0].events[0] = "c";
  }));
  CHECK(differs([](Definitions& d) { d.events[0].delivery = Delivery::volatile_; }));
  CHECK(differs([](Definitions& d) { d.events[0].delivery = Delivery::latest; }));
  CHECK(differs([](Definitions& d) {
    d.events[0].delivery = Delivery::latest;
    d.events[0].latest_key = "k";
  }));
  CHECK(differs([](Definitions& d) { d.schemas.nodes[0].max_length = 11; }));
  CHECK(differs([](Definitions& d) { d.schemas.nodes[0].min_length = 1; }));
  CHECK(differs([](Definitions& d) { d.schemas.nodes[0].pattern = "^a"; }));
  CHECK(differs([](Definitions& d) { d.schemas.nodes[0].format = Format::uuid; }));
  CHECK(differs([](Definitions& d) { d.schemas.nodes[0].types = kString | kNull; }));
  CHECK(differs([](Definitions& d) { d.rooms[0].id = "chat2"; }));
  CHECK(differs([](Definitions& d) { d.rooms[0].name = "Chat"; }));
  CHECK(differs([](Definitions& d) { d.rooms[0].max_size = 5; }));
  CHECK(differs([](Definitions& d) { d.rooms[0].events = {"a"}; }));
  CHECK(differs([](Definitions& d) { d.rooms[0].default_subscriptions = {{"a"}}; }));
  CHECK(differs([](Definitions& d) { d.rooms.clear(); }));
  CHECK_FALSE(differs([](Definitions& d) { d.rooms[0].retention.max_events = 5; }));
  CHECK_FALSE(differs([](Definitions& d) { d.rooms[0].description = d.events[0].description = "text"; }));
  CHECK_FALSE(differs([](Definitions& d) { d.rooms[0].access.join = {{"*"}}; }));
  CHECK_FALSE(differs([](Definitions& d) { d.rooms[0].default_subscriptions = {{"b", "a"}}; }));
  CHECK_FALSE(differs([](Definitions& d) { d.rooms[0].name = "chat"; }));
}

TEST_CASE("the fingerprint has 52 bits and is the same on every machine") {
  const Built built(one_event({{node_of(kString)}}, 0));
  CHECK(built.view.fingerprint() < (1ULL << 52));
  CHECK(built.view.fingerprint() == 0x2dc99347758eeULL);
}

TEST_CASE("names that cannot be are refused") {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  definitions.events = {event_of("a b", any), event_of("__proto__", any), event_of("x", any), event_of("x", any)};
  definitions.rooms = {room_of("", {}), room_of("r", {"y"}), room_of("s{a}", {"x", "x"}), room_of("s{b}", {})};
  definitions.rooms[1].max_size = 0;
  definitions.rooms[3].default_subscriptions = {{"x"}};
  const Lines lines = faults_of(definitions);
  const auto told = [&](const char* line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); };
  CHECK(told("event a b has a name that is not 1 to 128 of A-Z a-z 0-9 _ - . : @ ~"));
  CHECK(told("event __proto__ has a name that is not 1 to 128 of A-Z a-z 0-9 _ - . : @ ~"));
  CHECK(told("event x is defined twice."));
  CHECK(told("room  has an id that is neither a name nor a name with one {parameter}."));
  CHECK(told("room r lists the event y, which is not defined."));
  CHECK(told("room r has a max size that is not 1 to 2^53-1."));
  CHECK(told("room s{a} lists an event twice."));
  CHECK(told("room s{b} has the same id as another room."));
  CHECK(told("room s{b} subscribes members to an event that it does not list."));
  CHECK(lines.size() == 9);
}

Lines faults_of_node(SchemaGraph graph, const SchemaNode& node) {
  const NodeIndex root = graph.add(node);
  return faults_of(one_event(std::move(graph), root));
}

TEST_CASE("references that lead nowhere are refused") {
  SchemaGraph graph;
  SchemaNode loop;
  loop.same_as = 0;
  graph.add(loop);
  CHECK(faults_of(one_event(graph, 0)) == Lines{"event event refers to itself without describing anything."});
  loop.same_as = 99;
  CHECK(faults_of_node({}, loop) == Lines{"event event refers to a schema that does not exist."});
  SchemaNode item = node_of(kArray);
  item.items = 77;
  CHECK(faults_of_node({}, object({{"list", 5, false}})) == Lines{"event event refers to a schema that does not exist."});
  CHECK(faults_of_node({}, item) == Lines{"event event refers to a schema that does not exist."});
}

TEST_CASE("bounds that cannot be are refused with their place") {
  SchemaNode text = node_of(kString);
  text.pattern = "a{";
  SchemaGraph graph;
  const NodeIndex bad = graph.add(text);
  CHECK(faults_of_node(graph, object({{"x", bad, false}})) == Lines{"event event.x the pattern needs a number here. (at 2)"});
  SchemaNode long_text = node_of(kString);
  long_text.pattern = "^[a-z]{1,100}$";
  long_text.max_length = 5191;
  CHECK(faults_of_node({}, long_text) == Lines{"event event has a pattern of 202 steps: with it, maxLength is at most 5190."});
  SchemaNode number = node_of(kNumber);
  number.multiple_of = 0;
  CHECK(faults_of_node({}, number) == Lines{"event event has a multipleOf that is not above 0."});
  number.multiple_of.reset();
  number.maximum = std::numeric_limits<double>::infinity();
  CHECK(faults_of_node({}, number) == Lines{"event event has a bound that is not a finite number."});
  SchemaNode list = node_of(kArray);
  list.unique_items = true;
  list.max_items = 2000;
  CHECK(faults_of_node({}, list) == Lines{"event event has uniqueItems with a maxItems of more than 1024."});
  SchemaNode map = node_of(kObject);
  map.max_properties = 1025;
  CHECK(faults_of_node({}, map) == Lines{"event event bounds the number of properties by more than 1024."});
  SchemaNode values = node_of(kString);
  values.enumeration = {{"1", "nul"}};
  CHECK(faults_of_node({}, values) ==
        Lines{"event event lists a value that is not JSON.", "event event lists no value of the required type."});
  std::vector<PropertySchema> many;
  for (int i = 0; i < 257; ++i) many.push_back({"p" + std::to_string(i), std::nullopt, false});
  CHECK(faults_of_node({}, object(many)) == Lines{"event event has more than 256 properties."});
  CHECK(faults_of_node({}, object({{"x", std::nullopt, true}, {"x", std::nullopt, false}})) ==
        Lines{"event event has the property x twice."});
  CHECK(faults_of_node({}, object({{"\xff", std::nullopt, true}})) ==
        Lines{"event event has a property whose name is not valid UTF-8."});
}

/// {kind: const value, ...} in `graph`.
NodeIndex variant(SchemaGraph& graph, const std::string& value) {
  return graph.add(object({{"kind", graph.add(constant("\"" + value + "\"")), true}}));
}

TEST_CASE("oneOf whose branches overlap is refused") {
  SchemaGraph graph;
  SchemaNode choice;
  choice.one_of.emplace().by_type = {graph.add(node_of(kInteger)), graph.add(node_of(kNumber))};
  CHECK(faults_of_node(graph, choice) == Lines{"event event has oneOf branches that overlap: two of them allow the same type."});
  choice.one_of->by_type = {graph.add(node_of(kObject))};
  choice.one_of->tag = "kind";
  choice.one_of->by_tag = {{"a", variant(graph, "a")}};
  CHECK(faults_of_node(graph, choice) == Lines{"event event has oneOf branches that overlap: two of them allow the same type."});
  choice.one_of->by_type.clear();
  choice.one_of->by_tag = {{"a", variant(graph, "a")}, {"a", variant(graph, "a")}};
  CHECK(faults_of_node(graph, choice) == Lines{"event event has two oneOf branches for the same kind."});
}

TEST_CASE("a oneOf branch must require its tag to be its constant") {
  SchemaGraph graph;
  SchemaNode choice;
  choice.one_of.emplace().tag = "kind";
  const Lines fault = {"event event has a oneOf branch that does not require kind to be the constant \"a\"."};
  const NodeIndex text = graph.add(node_of(kString)), a = graph.add(constant("\"a\""));
  const std::pair<const char*, SchemaNode> branches[] = {
      {"another constant", graph.nodes[variant(graph, "b")]},
      {"no constant", object({{"kind", text, true}})},
      {"optional", object({{"kind", a, false}})},
      {"no such property", object({{"type", a, true}})},
      {"not only objects",
       [&] {
         SchemaNode n = object({{"kind", a, true}});
         n.types = kObject | kNull;
         return n;
       }()},
  };
  for (const auto& [what, branch] : branches) {
    INFO(what);
    SchemaGraph copy = graph;
    choice.one_of->by_tag = {{"a", copy.add(branch)}};
    CHECK(faults_of_node(copy, choice) == fault);
  }
  choice.one_of->by_tag = {{"a", variant(graph, "a")}, {"b", variant(graph, "b")}};
  CHECK(faults_of_node(graph, choice).empty());
}

TEST_CASE("oneOf may not stand beside other keywords, nor lead to itself without reading anything") {
  SchemaGraph graph;
  SchemaNode choice;
  choice.one_of.emplace().by_type = {graph.add(node_of(kString))};
  choice.max_length = 5;
  CHECK(faults_of_node(graph, choice) == Lines{"event event has other keywords beside oneOf; move them into its branches."});
  choice.max_length.reset();
  choice.one_of->by_type = {1};
  SchemaGraph loop;
  loop.add({});
  CHECK(faults_of_node(loop, choice) ==
        Lines{"event event has oneOf directly inside oneOf more than 8 times, or leads to itself without reading anything."});
}

TEST_CASE("too many events and too large a catalogue are refused") {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  for (int i = 0; i < 4097; ++i) definitions.events.push_back(event_of("e" + std::to_string(i), any));
  CHECK(faults_of(definitions) == Lines{"definitions hold more than 4096 events."});
  SchemaNode large;
  large.enumeration = {{"\"" + std::string(1024 * 1024, 'x') + "\""}};
  CHECK(faults_of_node({}, large) == Lines{"definitions are larger than 1 MiB as a catalogue."});
}

}  // namespace
