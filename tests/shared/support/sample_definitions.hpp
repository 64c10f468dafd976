// Definitions whose catalogue uses every part of the layout: every kind of field, every pattern instruction, all kinds of oneOf.
#pragma once
#include <string_view>

#include "tests/shared/support/definitions_kit.hpp"

namespace dialogue::testing {

inline NodeIndex sample_variant(SchemaGraph& graph, const std::string& value, NodeIndex detail) {
  SchemaNode node = node_of(kObject);
  node.properties = {{"kind", graph.add(constant("\"" + value + "\"")), true}, {"detail", detail, false}};
  node.additional_properties = graph.add(node_of(0));
  return graph.add(node);
}

inline Definitions sample_definitions() {
  Definitions definitions;
  SchemaGraph& graph = definitions.schemas;
  SchemaNode text = node_of(kString | kNull);
  text.min_length = 1;
  text.max_length = 20;
  text.pattern = "^(a|[b-d\\s]{1,3}|x+y*z?).$";
  SchemaNode date = node_of(kString);
  date.format = Format::date_time;
  SchemaNode number = node_of(kNumber);
  number.minimum = -1.5;
  number.exclusive_maximum = 1e21;
  number.maximum = 1e20;
  number.exclusive_minimum = -2;
  number.multiple_of = 0.25;
  SchemaNode choice;
  choice.enumeration = {{"1", "\"two\"", R"({"three":[3]})", "null"}};
  const NodeIndex tree = graph.add({});
  SchemaNode list = node_of(kArray);
  list.prefix_items = {graph.add(text), graph.add(number)};
  list.items = tree;
  list.min_items = 1;
  list.max_items = 5;
  list.unique_items = true;
  SchemaNode variants;
  variants.one_of.emplace().tag = "kind";
  variants.one_of->by_tag = {{"leaf", sample_variant(graph, "leaf", graph.add(date))},
                             {"branch", sample_variant(graph, "branch", tree)}};
  variants.one_of->by_type = {graph.add(node_of(kBoolean)), graph.add(number)};
  SchemaNode object = node_of(kObject | kArray);
  object.properties = {{"list", graph.add(list), true}, {"one", graph.add(variants), false}, {"a b\n", graph.add(choice), false}};
  object.additional_properties = graph.add(number);
  object.min_properties = 1;
  object.max_properties = 6;
  object.max_items = 3;
  graph.nodes[tree] = object;
  definitions.events = {event_of("message", tree), event_of("any", graph.add({})), event_of("game.move", graph.add(text))};
  definitions.events[1].delivery = Delivery::latest;
  definitions.events[1].latest_key = "key";
  definitions.rooms = {room_of("chat", {"message", "any"}), room_of("game-{id}", {"game.move"}), room_of("empty", {})};
  definitions.rooms[0].max_size = 50;
  definitions.rooms[0].default_subscriptions = {{"any"}};
  return definitions;
}

/// Payloads that lead the validator through all of it.
inline constexpr std::string_view kSamplePayloads[] = {
    R"({"list":["xxy.",0.25]})",
    R"({"list":["a!",1,{"list":[null]}],"one":{"kind":"leaf","detail":"2024-02-29T12:00:00Z"},"a b\n":{"three":[3.0]},"z":-1})",
    R"({"list":[null],"one":{"detail":{"list":[null],"one":true},"kind":"branch"}})",
    R"({"list":["bcd!",1e20,{"list":["a-"]},{"list":["a-"]}]})",
    R"({"list":["b !"],"p":0,"q":0.5,"r":1,"s":2,"t":3,"p":4})",
    R"({"one":{"kind":"other"}})",
    R"([1,2,3])",
    R"("text")",
    R"({"a b\u000a":"two","list":[]})",
};

}  // namespace dialogue::testing
