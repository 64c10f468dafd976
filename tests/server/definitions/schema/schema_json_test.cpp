// JSON Schema -> schema graph: what is read, what is refused and where. That verdicts are right is schema_vectors_test's
// business.
#include "server/definitions/schema/schema_json.hpp"

#include <catch2/catch.hpp>

#include "tests/sanitized.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;

struct Loaded {
  SchemaGraph graph;
  NodeIndex top = 0;
  std::vector<Diagnostic> problems;
  const SchemaNode& node() const { return graph.nodes[top]; }
};

Loaded load_node(std::string_view text) {
  const JsonDocument document = parse_json_document(text);
  REQUIRE_FALSE(document.problem);
  Loaded out;
  Diagnostics problems(text);
  out.top = load_schema(document.root, "", out.graph, problems);
  out.problems = problems.take();
  return out;
}

Diagnostic refused_node(std::string_view text) {
  const Loaded loaded = load_node(text);
  REQUIRE(loaded.problems.size() == 1);
  return loaded.problems[0];
}

TEST_CASE("every keyword of the subset reaches the graph") {
  const Loaded loaded =
      load_node(R"({"type": ["object", "null"], "properties": {"a": {"type": "string", "minLength": 1, "maxLength": 5,
    "pattern": "^a", "format": "uuid"}, "b": {"type": "array", "items": false, "prefixItems": [true], "minItems": 1,
        "maxItems": 2,
    "uniqueItems": true}, "c": {"type": "number", "minimum": 1, "maximum": 9, "exclusiveMinimum": 0.5, "exclusiveMaximum": 9.5,
    "multipleOf": 0.5}}, "required": ["a", "z"], "additionalProperties": {"type": "integer"}, "minProperties": 1,
        "maxProperties": 9,
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "i", "$comment": "c", "title": "t", "description": "d", "default": 1, "examples": [1],
        "deprecated": true})");
  REQUIRE(loaded.problems.empty());
  const SchemaNode& top = loaded.node();
  CHECK(top.types == (kObject | kNull));
  CHECK(top.min_properties == 1u);
  CHECK(top.max_properties == 9u);
  CHECK(top.description == "d");
  CHECK(loaded.graph.nodes[*top.additional_properties].types == kInteger);
  REQUIRE(top.properties.size() == 4);
  CHECK(top.properties[0].required);
  CHECK_FALSE(top.properties[1].required);
  CHECK(top.properties[3].name == "z");
  CHECK(top.properties[3].required);
  CHECK_FALSE(top.properties[3].schema);
  const SchemaNode& a = loaded.graph.nodes[*top.properties[0].schema];
  CHECK(a.min_length == 1u);
  CHECK(a.max_length == 5u);
  CHECK(a.pattern == "^a");
  CHECK(a.format == Format::uuid);
  const SchemaNode& b = loaded.graph.nodes[*top.properties[1].schema];
  CHECK(loaded.graph.nodes[*b.items].types == 0);
  CHECK(b.prefix_items.size() == 1);
  CHECK(b.min_items == 1u);
  CHECK(b.max_items == 2u);
  CHECK(b.unique_items);
  const SchemaNode& c = loaded.graph.nodes[*top.properties[2].schema];
  CHECK(c.minimum == 1);
  CHECK(c.maximum == 9);
  CHECK(c.exclusive_minimum == 0.5);
  CHECK(c.exclusive_maximum == 9.5);
  CHECK(c.multiple_of == 0.5);
}

TEST_CASE("a keyword outside the subset is refused with its place") {
  const Diagnostic problem = refused_node("{\"type\": \"object\",\n  \"properties\": {\n    \"a\": { \"if\": true } } }");
  CHECK(problem.place.line == 3);
  CHECK(problem.place.column == 12);
  CHECK(problem.where == "/properties/a/if");
  CHECK(problem.message == "`if` is not supported.");
  CHECK(problem.hint.find("oneOf") != std::string::npos);
  for (const char* keyword : {"allOf", "anyOf", "not", "patternProperties", "propertyNames", "contains", "dependentRequired",
                              "$anchor", "$dynamicRef", "unevaluatedProperties", "contentEncoding", "readOnly", "x-anything"})
    CHECK(refused_node("{\"" + std::string(keyword) + "\": true}").message == "`" + std::string(keyword) + "` is not supported.");
}

TEST_CASE("bytes are bounded by bytes, text by characters") {
  const Diagnostic characters = refused_node(R"({"type": "string", "format": "bytes", "maxLength": 9})");
  CHECK(characters.where == "/maxLength");
  CHECK(characters.message == "`maxLength` counts characters, and the format is `bytes`.");
  CHECK(characters.hint == "Write `minBytes` or `maxBytes`.");
  CHECK(refused_node(R"({"type": "string", "minBytes": 9})").message ==
        "`minBytes` counts bytes, and the format is not `bytes`.");
  CHECK(refused_node(R"({"format": "bytes", "minBytes": 2, "maxBytes": 1})").message ==
        "`minBytes` is 2 and `maxBytes` 1: nothing fits both.");
  CHECK(refused_node(R"({"contentEncoding": "base64"})").hint == "Write \"format\": \"bytes\".");
}

TEST_CASE("a mistyped keyword is met with a suggestion") {
  CHECK(refused_node(R"({"maxLenght": 5})").hint == "Did you mean `maxLength`?");
  CHECK(refused_node(R"({"propertys": {}})").hint == "Did you mean `properties`?");
}

TEST_CASE("a fault in a definition that nothing refers to is still a fault") {
  CHECK(refused_node(R"({"$defs": {"spare": {"if": true}}})").where == "/$defs/spare/if");
}

TEST_CASE("a keyword's value of the wrong form is refused") {
  for (const char* schema : {R"({"type": "text"})",
                             R"({"type": []})",
                             R"({"type": 1})",
                             R"({"enum": []})",
                             R"({"enum": 1})",
                             R"({"minLength": -1})",
                             R"({"minLength": 1.5})",
                             R"({"maxItems": "1"})",
                             R"({"minimum": "1"})",
                             R"({"minimum": 1e999})",
                             R"({"multipleOf": 0})",
                             R"({"multipleOf": -1})",
                             R"({"uniqueItems": 1})",
                             R"({"properties": []})",
                             R"({"properties": {"a": 1}})",
                             R"({"required": "a"})",
                             R"({"required": [1]})",
                             R"({"required": ["a", "a"]})",
                             R"({"items": []})",
                             R"({"prefixItems": []})",
                             R"({"prefixItems": {}})",
                             R"({"pattern": 1})",
                             R"({"pattern": "("})",
                             R"({"format": "color"})",
                             R"({"format": 1})",
                             R"({"$defs": []})",
                             R"({"$ref": 1})",
                             R"({"oneOf": []})",
                             R"({"oneOf": {}})",
                             R"({"description": 1})",
                             R"({"additionalProperties": 1})",
                             R"({"enum": [1], "const": 1})",
                             R"({"type": "string", "const": 1})",
                             R"({"discriminator": {"propertyName": "a"}})",
                             "1",
                             "[]",
                             "null"}) {
    INFO(schema);
    CHECK(load_node(schema).problems.size() == 1);
  }
}

TEST_CASE("listed values narrow the types") {
  CHECK(load_node(R"({"enum": ["a", null, "a"]})").node().types == (kString | kNull));
  CHECK(load_node(R"({"enum": ["a", null, "a"]})").node().enumeration->size() == 2);
  CHECK(load_node(R"({"const": 1.0, "type": "number"})").node().types == kInteger);
  CHECK(load_node(R"({"const": {"b": 1, "a": [2]}})").node().enumeration == std::vector<std::string>{R"({"a":[2],"b":1})"});
}

TEST_CASE("references point anywhere inside the schema") {
  const Loaded loaded = load_node(
      R"({"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#/$defs/x~1y%25"}, "c": {"$ref": "#/properties/d/prefixItems/0"},
    "d": {"prefixItems": [{"type": "null"}]}}, "$defs": {"x/y%": {"type": "string"}}})");
  REQUIRE(loaded.problems.empty());
  const auto target = [&](std::size_t property) {
    return *loaded.graph.nodes[*loaded.node().properties[property].schema].same_as;
  };
  CHECK(target(0) == loaded.top);
  CHECK(loaded.graph.nodes[target(1)].types == kString);
  CHECK(loaded.graph.nodes[target(1)].type_name == "x/y%");
  CHECK(loaded.graph.nodes[target(2)].types == kNull);
}

TEST_CASE("a reference that cannot be followed is refused") {
  for (const char* reference : {"#/$defs/none", "#name", "other.json", "https://example.com/s", "#/properties/5", "#/%zz", ""}) {
    INFO(reference);
    CHECK(refused_node("{\"properties\": {\"a\": {\"$ref\": \"" + std::string(reference) + "\"}}}").where ==
          "/properties/a/$ref");
  }
  CHECK(load_node(R"({"$ref": "#"})").problems[0].message == "`$ref` leads back to itself.");
  CHECK_FALSE(
      load_node(R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})").problems.empty());
}

struct LoadedShared {
  SchemaGraph graph;
  std::vector<Diagnostic> problems;
  std::vector<NodeIndex> tops;
};

/// The events' schemas of a file with `$defs`.
LoadedShared load_file(std::string_view text) {
  const JsonDocument document = parse_json_document(text);
  REQUIRE_FALSE(document.problem);
  LoadedShared out;
  Diagnostics problems(text);
  const SharedSchemas shared = load_shared_schemas(document.root, out.graph, problems);
  for (const JsonMember& member : document.root.find("events")->value.members)
    out.tops.push_back(load_schema(member.value, "/events/" + member.key, out.graph, problems, shared));
  out.problems = problems.take();
  return out;
}

TEST_CASE("F-U-M12 what events share is one node, whichever of them refers to it") {
  const LoadedShared loaded = load_file(R"({"$defs": {"Status": {"enum": ["a", "b"]}, "Tree": {"properties": {
    "all": {"items": {"$ref": "#/$defs/Tree"}}, "status": {"$ref": "#/$defs/Status"}}}}, "events": {
    "one": {"$ref": "#/$defs/Status"}, "two": {"$ref": "#/$defs/Status"}, "three": {"$ref": "#/$defs/Tree/properties/status"},
    "own": {"$ref": "#/$defs/Status", "$defs": {"Status": {"type": "null"}}}}})");
  REQUIRE(loaded.problems.empty());
  const auto target = [&](std::size_t event) {
    NodeIndex node = loaded.tops[event];
    while (loaded.graph.nodes[node].same_as) node = *loaded.graph.nodes[node].same_as;
    return node;
  };
  CHECK(target(0) == target(1));
  CHECK(target(0) == target(2));
  CHECK(loaded.graph.nodes[target(0)].type_name == "Status");
  CHECK(loaded.graph.nodes[target(0)].is_shared);
  CHECK(loaded.graph.nodes[target(3)].types == kNull);
}

TEST_CASE("F-U-M12 a reference to what no event shares is refused with its place") {
  const auto refused = [](std::string_view text) {
    const LoadedShared loaded = load_file(text);
    REQUIRE(loaded.problems.size() == 1);
    return loaded.problems[0];
  };
  const Diagnostic unknown = refused(R"({"$defs": {"Status": true}, "events": {"e": {"items": {"$ref": "#/$defs/Sttus"}}}})");
  CHECK(unknown.where == "/events/e/items/$ref");
  CHECK(unknown.message == "`$ref` points to nothing: #/$defs/Sttus.");
  CHECK(unknown.hint == "Did you mean `Status`?");
  CHECK(refused(R"({"events": {"e": {"$ref": "#/$defs/Status"}}})").where == "/events/e/$ref");
  CHECK(refused(R"({"$defs": {"A": {"enum": [1]}}, "events": {"e": {"$ref": "#/$defs/A/enum/0"}}})").where == "/events/e/$ref");
  CHECK(refused(R"({"$defs": {"A": {"items": {"$ref": "#"}}}, "events": {}})").message ==
        "`$ref` points to the file, which is not a schema.");
  CHECK(refused(R"({"$defs": {"A": {"items": {"$ref": "#/events/e"}}}, "events": {"e": true}})").where == "/$defs/A/items/$ref");
  CHECK(refused(R"({"$defs": {"A": {"items": {"$ref": "#/$defs/B"}}}, "events": {}})").where == "/$defs/A/items/$ref");
  CHECK(refused(R"({"$defs": {"A": {"typ": "null"}}, "events": {"e": {"oneOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}}})")
            .where == "/$defs/A/typ");
  CHECK(refused(R"({"$defs": [], "events": {}})").where == "/$defs");
  CHECK(load_file(R"({"$defs": {"A": {"$ref": "#/$defs/A"}}, "events": {}})").problems[0].message ==
        "`$ref` leads back to itself.");
}

TEST_CASE("annotations may accompany a reference, other keywords may not") {
  CHECK(load_node(R"({"$ref": "#/$defs/a", "description": "d", "$defs": {"a": {"type": "null"}}})").problems.empty());
  const Diagnostic problem = refused_node(R"({"$ref": "#/$defs/a", "minLength": 1, "$defs": {"a": {"type": "string"}}})");
  CHECK(problem.where == "/minLength");
  CHECK(problem.message == "`minLength` cannot stand next to `$ref`.");
}

TEST_CASE("oneOf branches may differ in type") {
  const Loaded loaded = load_node(R"({"oneOf": [{"type": "string"}, {"type": ["number", "null"]}, {"type": "object"}]})");
  REQUIRE(loaded.problems.empty());
  CHECK(loaded.node().one_of->by_type.size() == 3);
  CHECK(loaded.node().one_of->tag.empty());
  CHECK(loaded.node().types == (kString | kNumber | kInteger | kNull | kObject));
}

constexpr std::string_view kShapes =
    R"({"oneOf": [{"$ref": "#/$defs/circle"}, {"$ref": "#/$defs/square"}, {"type": "null"}], "$defs": {
      "circle": {"type": "object", "properties": {"kind": {"const": "circle"}, "v": {"const": "1"}}, "required": ["v", "kind"]},
      "square": {"type": "object", "properties": {"kind": {"enum": ["square"]}, "v": {"const": "1"}}, "required": ["kind",
        "v"]}}})";

TEST_CASE("oneOf branches may be objects distinguished by one constant") {
  const Loaded loaded = load_node(kShapes);
  REQUIRE(loaded.problems.empty());
  const OneOf& one_of = *loaded.node().one_of;
  CHECK(one_of.tag == "kind");
  REQUIRE(one_of.by_tag.size() == 2);
  CHECK(one_of.by_tag[0].first == "circle");
  CHECK(one_of.by_tag[1].first == "square");
  CHECK(one_of.by_type.size() == 1);
}

TEST_CASE("an explicit discriminator must distinguish the branches") {
  std::string text(kShapes);
  text.insert(1, R"("discriminator": {"propertyName": "kind"}, )");
  CHECK(load_node(text).node().one_of->tag == "kind");
  text.replace(text.find("kind"), 4, "v");
  CHECK(load_node(text).problems.size() == 1);
}

TEST_CASE("oneOf branches that overlap are refused") {
  for (const char* branches :
       {R"([{"type": "string"}, {"type": "string", "minLength": 1}])", R"([{"type": "integer"}, {"type": "number"}])",
        R"([true, {"type": "null"}])", R"([{"type": "object"}, {"type": "object"}])",
        R"([{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}, {"type": "object",
        "properties": {"k": {"const": "a"}}, "required": ["k"]}])",
        R"([{"type": "object", "properties": {"k": {"const": "a"}}}, {"type": "object", "properties": {"k": {"const": "b"}}}])",
        R"([{"type": "object", "properties": {"k": {"const": 1}}, "required": ["k"]}, {"type": "object",
        "properties": {"k": {"const": 2}}, "required": ["k"]}])",
        R"([{"oneOf": [{"type": "null"}]}, {"type": "string"}])"}) {
    INFO(branches);
    CHECK(load_node("{\"oneOf\": " + std::string(branches) + "}").problems.size() == 1);
  }
  CHECK(refused_node(R"({"oneOf": [{"type": "null"}], "minLength": 1})").message == "`minLength` cannot stand next to `oneOf`.");
}

TEST_CASE("a long chain of references costs no stack") {
  std::string text = R"({"$ref": "#/$defs/d0", "$defs": {"end": {"type": "null"})";
  constexpr int kLinks = 20'000 / dialogue::testing::kStep;
  for (int i = 0; i < kLinks; ++i)
    text += ", \"d" + std::to_string(i) + R"(": {"items": {"$ref": "#/$defs/)" +
            (i + 1 < kLinks ? "d" + std::to_string(i + 1) : "end") + "\"}}";
  CHECK(load_node(text + "}}").problems.empty());
}

}  // namespace
