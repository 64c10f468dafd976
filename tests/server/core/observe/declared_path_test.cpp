// What operators see of a place in a payload: names of the definitions, and nothing that its sender chose.
#include "server/core/observe/declared_path.hpp"

#include <catch2/catch.hpp>

#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::testing {

using core::declared_path;

namespace {

SchemaNode typed(std::uint8_t types) {
  SchemaNode node;
  node.types = types;
  return node;
}

SchemaNode object(std::vector<PropertySchema> properties, NodeIndex additional) {
  SchemaNode node = typed(kObject);
  node.properties = std::move(properties);
  node.additional_properties = additional;
  return node;
}

/// {"o": map of integers, "a b": integer, "list": [{"name": integer}], "shape": {"kind": "disc", "radius"} | {"kind": "box",
/// "side"}, "any": anything}
std::vector<std::uint8_t> catalogue_bytes() {
  Definitions definitions;
  SchemaGraph& graph = definitions.schemas;
  const NodeIndex nothing = graph.add(typed(0)), integer = graph.add(typed(kInteger)), any = graph.add({});
  const NodeIndex map = graph.add(object({}, integer));
  SchemaNode list = typed(kArray);
  list.items = graph.add(object({{"name", integer, true}}, nothing));
  const NodeIndex items = graph.add(std::move(list));
  const auto branch = [&](const char* kind, const char* property) {
    SchemaNode constant = typed(kString);
    constant.enumeration = {"\"" + std::string(kind) + "\""};
    constant.is_const = true;
    const NodeIndex tag = graph.add(std::move(constant));
    return graph.add(object({{"kind", tag, true}, {property, integer, true}}, nothing));
  };
  SchemaNode shape = typed(kObject);
  shape.one_of = OneOf{{}, "kind", {{"box", branch("box", "side")}, {"disc", branch("disc", "radius")}}};
  const NodeIndex shapes = graph.add(std::move(shape));
  EventDefinition event;
  event.name = "e";
  event.schema = graph.add(
      object({{"a b", integer, false}, {"any", any, false}, {"list", items, false}, {"o", map, false}, {"shape", shapes, false}},
             nothing));
  definitions.events = {std::move(event)};
  CatalogueResult made = make_catalogue(definitions);
  REQUIRE(made.ok());
  return std::move(made.bytes);
}

}  // namespace

TEST_CASE("A path that operators see has the names that the definition declares, and no others") {
  const std::vector<std::uint8_t> bytes = catalogue_bytes();
  const CatalogueView catalogue = CatalogueView::parse(bytes).value();
  const auto shown = [&](std::string_view path) { return declared_path(catalogue, 0, path); };
  CHECK(shown("").empty());
  CHECK(shown("$") == "$");
  CHECK(shown("$.o") == "$.o");
  CHECK(shown("$.o.k1") == "$.o.*");
  CHECK(shown("$.o[\"a key\"]") == "$.o.*");
  CHECK(shown("$.o[\"\\\"].o\"]") == "$.o.*");
  CHECK(shown("$.o.o") == "$.o.*");  // declared elsewhere
  CHECK(shown("$[\"a b\"]") == "$[\"a b\"]");
  CHECK(shown("$.nobody.o") == "$.*");
  CHECK(shown("$.list[17].name") == "$.list[*].name");
  CHECK(shown("$.list[17].nam...") == "$.list[*].*");
  CHECK(shown("$.list[1...") == "$.list[*]");
  CHECK(shown("$.shape.radius") == "$.shape.radius");
  CHECK(shown("$.shape.side") == "$.shape.side");
  CHECK(shown("$.shape.kilo") == "$.shape.*");
  CHECK(shown("$.any.secret[3].more") == "$.any.*");
  CHECK(shown("$.any[3].more") == "$.any[*]");
}

TEST_CASE("Of a payload of no known event, operators see no path") {
  CHECK(declared_path(CatalogueView(), 0, "$.secret") == "$");
  CHECK(declared_path(CatalogueView(), 0, "").empty());
}

}  // namespace dialogue::testing
