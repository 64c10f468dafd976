// The same definitions in C++ and in JSON are one catalogue with one fingerprint.
#include <catch2/catch.hpp>

#include "server/definitions/definitions_json.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/define/define.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;

struct Message {
  std::string text;
};
enum class Color { red, green };
struct Point {
  double x = 0, y = 0;
};
struct Circle {
  Point center;
  double radius = 0;
};
struct Line {
  Point from, to;
};
struct Tree {
  std::string name;
  std::vector<Tree> children;
};
struct Drawing {
  std::variant<Circle, Line> shape;
  Color color = Color::red;
  nullable<Point> origin;
  nullable<std::string> title;
  std::optional<std::uint32_t> layer;
  std::map<std::string, std::vector<std::string>> tags;
  std::array<std::int64_t, 2> size{};
  bytes preview;
  bool locked = false;
};

}  // namespace

template <>
inline constexpr auto dialogue::describe<Color> = values("red", "green");
template <>
inline constexpr auto dialogue::describe<Point> = fields(field<&Point::x>("x"), field<&Point::y>("y"));
template <>
inline constexpr auto dialogue::describe<Circle> = fields(tag("kind", "circle"), field<&Circle::center>("center"),
                                                          field<&Circle::radius>("radius", exclusive_minimum(0)));
template <>
inline constexpr auto dialogue::describe<Line> = fields(tag("kind", "line"), field<&Line::from>("from"), field<&Line::to>("to"));
template <>
inline constexpr auto dialogue::describe<Tree> = fields(field<&Tree::name>("name"), field<&Tree::children>("children"));

namespace {

std::vector<std::uint8_t> bytes_of(const Definitions& definitions) {
  CatalogueResult result = make_catalogue(definitions);
  for (const DefinitionError& fault : result.faults) FAIL(fault.where + " " + fault.message);
  return std::move(result.bytes);
}

std::vector<std::uint8_t> bytes_of(std::string_view json) {
  const LoadResult loaded = load_definitions(json);
  for (const std::string& line : loaded.lines()) FAIL(line);
  return bytes_of(loaded.definitions);
}

TEST_CASE("the chat example and its JSON twin have the same fingerprint") {
  static constexpr auto message =
      define_event<Message>("message", field<&Message::text>("text", min_length(1), max_length(2000)));
  static constexpr auto move = define_event<any_json>("game.move");
  static constexpr auto chat = define_room("chat", {.name = "Support chat", .max_size = 50}, message);
  static constexpr auto game = define_room("game-{id}", {.name = "Game", .max_size = 4}, move);
  static constexpr auto app = define_app(chat, game);
  const auto compiled = bytes_of(Definitions(app));
  const auto loaded = bytes_of(R"({
    "$schema": "./dialogue.schema.json",
    "events": {
      "message": {"schema": {"type": "object", "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 2000}},
                             "required": ["text"], "additionalProperties": false}},
      "game.move": {"schema": true}},
    "rooms": {
      "chat": {"name": "Support chat", "maxSize": 50, "events": ["message"]},
      "game-{id}": {"name": "Game", "maxSize": 4, "events": ["game.move"]}}})");
  CHECK(compiled == loaded);
  CHECK(CatalogueView::parse(compiled)->fingerprint() == CatalogueView::parse(loaded)->fingerprint());
}

TEST_CASE("every C++ type has its JSON twin") {
  static constexpr auto drawing = define_event<Drawing>(
      "drawing", field<&Drawing::shape>("shape"), field<&Drawing::color>("color"), field<&Drawing::origin>("origin"),
      field<&Drawing::title>("title", max_length(20)), field<&Drawing::layer>("layer", maximum(9)),
      field<&Drawing::tags>("tags", items(max_items(3), items(min_length(1)))), field<&Drawing::size>("size", items(minimum(0))),
      field<&Drawing::preview>("preview", min_bytes(1), max_bytes(4096)), field<&Drawing::locked>("locked"), open(),
      latest("color"));
  static constexpr auto tree = define_event<Tree>("tree", volatile_, description("A tree."));
  static constexpr auto board = define_room("board", {.default_subscriptions = {"tree"}}, tree, drawing);
  static constexpr auto app = define_app(board);
  CHECK(bytes_of(Definitions(app)) == bytes_of(R"({
    "events": {
      "tree": {"delivery": "volatile", "schema": {"type": "object", "properties": {"name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#"}}}, "required": ["name", "children"], "additionalProperties": false}},
      "drawing": {"delivery": {"latest": "color"}, "schema": {"type": "object", "properties": {
          "shape": {"oneOf": [{"$ref": "#/$defs/circle"}, {"$ref": "#/$defs/line"}], "discriminator": {"propertyName": "kind"}},
          "color": {"enum": ["red", "green"]},
          "origin": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/point"}]},
          "title": {"type": ["string", "null"], "maxLength": 20},
          "layer": {"type": "integer", "minimum": 0, "maximum": 9},
          "tags": {"type": "object", "additionalProperties": {"type": "array", "maxItems": 3, "items": {"type": "string",
        "minLength": 1}}},
          "size": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "minimum": 0,
        "maximum": 9007199254740991}},
          "preview": {"type": "string", "format": "bytes", "minBytes": 1, "maxBytes": 4096},
          "locked": {"type": "boolean"}},
        "required": ["shape", "color", "origin", "title", "tags", "size", "preview", "locked"],
        "$defs": {
          "point": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "required": ["x",
        "y"], "additionalProperties": false},
          "circle": {"type": "object", "required": ["kind", "center", "radius"], "additionalProperties": false,
            "properties": {"kind": {"const": "circle"}, "center": {"$ref": "#/$defs/point"}, "radius": {"type": "number",
        "exclusiveMinimum": 0}}},
          "line": {"type": "object", "required": ["kind", "from", "to"], "additionalProperties": false,
            "properties": {"kind": {"const": "line"}, "from": {"$ref": "#/$defs/point"}, "to": {"$ref": "#/$defs/point"}}}}}}},
    "rooms": [{"id": "board", "events": ["drawing", "tree"], "defaultSubscriptions": ["tree"]}]})"));
}

TEST_CASE("another bound is another fingerprint") {
  const auto with = [](std::string_view bound) {
    return bytes_of(R"({"events": {"a": {"schema": {"type": "string", "maxLength": )" + std::string(bound) + "}}}}");
  };
  CHECK(CatalogueView::parse(with("5"))->fingerprint() == CatalogueView::parse(with("5.0"))->fingerprint());
  CHECK(CatalogueView::parse(with("5"))->fingerprint() != CatalogueView::parse(with("6"))->fingerprint());
}

}  // namespace
