// What `dialogue check --against` says about a change.
#include "server/definitions/compatibility/compatibility.hpp"

#include <catch2/catch.hpp>

#include "server/definitions/definitions_json.hpp"
#include "tests/server/definitions/definition_files.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

std::vector<std::string> lines(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const Change& change : changes) out.push_back(format_change(change));
  return out;
}

/// The changes between two payload schemas of the event "e".
std::vector<std::string> schemas(std::string_view before, std::string_view after) {
  const auto file = [](std::string_view schema) { return R"({"events": {"e": {"schema": )" + std::string(schema) + "}}}"; };
  return lines(compare_definitions(definitions_of(file(before)), definitions_of(file(after))));
}
using Lines = std::vector<std::string>;

std::string object(std::string_view properties, std::string_view required = "",
                   std::string_view more = R"(, "additionalProperties": false)") {
  return R"({"type": "object", "properties": {)" + std::string(properties) + R"(}, "required": [)" + std::string(required) + "]" +
         std::string(more) + "}";
}

TEST_CASE("equal definitions have no changes") {
  const std::string tree = object(R"("a": {"type": "array", "items": {"$ref": "#"}})");
  CHECK(schemas(tree, tree).empty());
  CHECK(schemas(R"({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}})", R"({"type": "null"})").empty());
}

TEST_CASE("another notation of the same schema is compatible") {
  CHECK(schemas(R"({"oneOf": [{"type": "null"}, {"type": "string", "maxLength": 5}]})",
                R"({"type": ["null", "string"], "maxLength": 5})")
            .empty());
  CHECK(schemas(R"({"enum": ["b", "a"]})", R"({"type": "string", "enum": ["a", "b"]})").empty());
  CHECK(schemas(R"({"const": 1.0})", R"({"enum": [1]})").empty());
}

TEST_CASE("a recursive schema that changes inside is compared once") {
  const auto tree = [](std::string_view bound) {
    return object(R"("name": {"type": "string", "maxLength": )" + std::string(bound) +
                  R"(}, "parts": {"type": "array", "items": {"$ref": "#"}})");
  };
  CHECK(schemas(tree("9"), tree("5")).size() == 1);
  CHECK(schemas("true", tree("5")).size() > 0);
}

TEST_CASE("types that come and go") {
  CHECK(schemas(R"({"type": "string"})", R"({"type": ["string", "null"]})") ==
        Lines{"breaks readers: event e, $: allows null now, which old readers do not expect."});
  CHECK(schemas(R"({"type": "number"})", R"({"type": "integer"})") ==
        Lines{"breaks old publishers and readers: event e, $: no longer allows numbers with a fraction."});
  CHECK(schemas("true", R"({"type": "object"})").size() == 1);
}

TEST_CASE("bounds break publishers when they tighten, and no client when they loosen") {
  CHECK(schemas(R"({"type": "string", "maxLength": 2000})", R"({"type": "string", "maxLength": 500})") ==
        Lines{"breaks old publishers: event e, $: is now at most 500 characters; it was at most 2000 characters."});
  CHECK(schemas(R"({"type": "string", "maxLength": 500})", R"({"type": "string"})") ==
        Lines{"harmless: event e, $: is now unbounded; it was at most 500 characters."});
  const std::pair<const char*, const char*> tightened[] = {
      {R"({"type": "string"})", R"({"type": "string", "minLength": 1})"},
      {R"({"type": "string", "pattern": "a"})", R"({"type": "string", "pattern": "b"})"},
      {R"({"type": "string"})", R"({"type": "string", "format": "uuid"})"},
      {R"({"type": "number", "minimum": 0})", R"({"type": "number", "minimum": 1})"},
      {R"({"type": "number"})", R"({"type": "number", "exclusiveMaximum": 1})"},
      {R"({"type": "number", "multipleOf": 3})", R"({"type": "number", "multipleOf": 2})"},
      {R"({"type": "array"})", R"({"type": "array", "maxItems": 2})"},
      {R"({"type": "array"})", R"({"type": "array", "uniqueItems": true})"},
      {R"({"type": "object"})", R"({"type": "object", "minProperties": 1})"}};
  for (const auto& [before, after] : tightened) {
    INFO(after);
    const Lines forth = schemas(before, after), back = schemas(after, before);
    REQUIRE(forth.size() == 1);
    CHECK(forth[0].rfind("breaks old publishers: ", 0) == 0);
    const bool incomparable =
        std::string(before).find("\"a\"") != std::string::npos || std::string(before).find("multipleOf") != std::string::npos;
    REQUIRE(back.size() == 1);
    CHECK(back[0].rfind(incomparable ? "breaks old publishers: " : "harmless: ", 0) == 0);
  }
  CHECK(schemas(R"({"type": "number", "multipleOf": 4})", R"({"type": "number", "multipleOf": 2})")[0].rfind("harmless: ", 0) ==
        0);
}

TEST_CASE("properties that come, go and become required") {
  const std::string a = R"("a": {"type": "string"})", ab = R"("a": {"type": "string"}, "b": {"type": "string"})";
  CHECK(schemas(object(a), object(ab)) == Lines{"harmless: event e, $.b: is new and optional."});
  CHECK(schemas(object(a), object(ab, R"("b")")) ==
        Lines{"breaks old publishers and readers: event e, $.b: is new and required."});
  CHECK(schemas(object(ab), object(a)) ==
        Lines{"breaks old publishers: event e, $.b: was removed, and undeclared properties are refused."});
  CHECK(schemas(object(ab, R"("b")"), object(a)) ==
        Lines{"breaks old publishers and readers: event e, $.b: was removed, and undeclared properties are refused."});
  CHECK(schemas(object(a), object(a, R"("a")")) == Lines{"breaks old publishers and readers: event e, $.a: is required now."});
  CHECK(schemas(object(a, R"("a")"), object(a)) ==
        Lines{"breaks readers: event e, $.a: may be omitted now, which old readers do not expect."});
  CHECK(schemas(object(a, "", ""), object(a)) == Lines{"breaks old publishers: event e, $: refuses undeclared properties now."});
  CHECK(schemas(object(a), object(a, "", "")) == Lines{"harmless: event e, $: allows undeclared properties now."});
  CHECK(schemas(object(a, "", ""), object(ab, "", "")) ==
        Lines{"breaks old publishers and readers: event e, $.b: is declared now; before, any value was allowed."});
  CHECK(schemas(object(R"("a": {"type": "object", "additionalProperties": {"type": "string"}})"),
                object(R"("a": {"type": "object", "additionalProperties": {"type": "null"}})"))
            .size() == 2);
}

TEST_CASE("a property without a schema of its own is what undeclared properties are") {
  const std::string numbers = R"(, "additionalProperties": {"type": "number"})";
  CHECK(schemas(object(R"("a": {"type": "string"})", "", numbers), object("", "", numbers)) ==
        Lines{"breaks old publishers and readers: event e, $.a: no longer allows strings.",
              "breaks readers: event e, $.a: allows numbers with a fraction, whole numbers now, which old readers do not expect.",
              "harmless: event e, $.a: is no longer declared."});
  CHECK(schemas(object("", "", numbers), object(R"("a": {"type": "number", "minimum": 0})", "", numbers)) ==
        Lines{"breaks old publishers: event e, $.a: is now at least 0; it was unbounded."});
  CHECK(schemas(object("", R"("a")", numbers), object(R"("a": {"type": "number"})", R"("a")", numbers)).empty());
}

TEST_CASE("a bound on every type also applies where any type is allowed") {
  CHECK(schemas(object("", "", ""), object("", "", R"(, "additionalProperties": {"minLength": 2})")) ==
        Lines{"breaks old publishers: event e, $.*: is now at least 2 characters; it was unbounded."});
}

TEST_CASE("listed values and variants that come and go") {
  CHECK(schemas(R"({"enum": ["a", "b"]})", R"({"enum": ["b", "c"]})") ==
        Lines{"breaks old publishers and readers: event e, $: no longer allows \"a\".",
              "breaks readers: event e, $: allows \"c\" now, which old readers do not expect."});
  const auto shapes = [](std::string_view last) {
    return R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}, {"type": "object",
        "properties": {"k": {"const": ")" +
           std::string(last) + R"("}}, "required": ["k"]}]})";
  };
  CHECK(schemas(shapes("b"), shapes("c")) ==
        Lines{"breaks old publishers and readers: event e, $: no longer has the variant \"b\".",
              "breaks readers: event e, $: has the new variant \"c\", which old readers do not expect."});
}

TEST_CASE("items are compared one by one") {
  CHECK(schemas(R"({"type": "array", "items": {"type": "string"}})", R"({"type": "array", "items": {"type": "null"}})")[0].find(
            "$[*]") != std::string::npos);
  CHECK(schemas(R"({"type": "array", "prefixItems": [{"type": "string"}]})",
                R"({"type": "array", "prefixItems": [{"type": "null"}]})")[0]
            .find("$[0]") != std::string::npos);
  CHECK(schemas(R"({"type": "array"})", R"({"type": "array", "items": {"type": "null"}})").size() == 1);
}

TEST_CASE("events and rooms that come and go") {
  const std::string now =
      R"({"events": {"a": {"schema": true, "delivery": "volatile"}, "c": {"schema": true}},
        "rooms": {"x": {"events": ["c"]}, "g-{n}": {"events": [],
        "durability": "memory", "presence": false}, "new": {"events": []}}})";
  const std::string old =
      R"({"events": {"a": {"schema": true}, "b": {"schema": true}}, "rooms": {"x": {"events": ["a"], "maxSize": 5},
        "g-{id}": {"events": []}, "old": {"events": []}}})";
  const auto changes = compare_definitions(definitions_of(old), definitions_of(now));
  CHECK(
      lines(changes) ==
      Lines{"breaks old publishers and readers: event b: is gone.", "breaks old publishers and readers: room old: is gone.",
            "breaks old publishers and readers: room x: no longer allows the event a.",
            "breaks readers: event a: is delivered as volatile now; it was reliable, and readers rely on what was kept for them.",
            "harmless: event c: is new.", "harmless: room g-{n}: has another durability.",
            "harmless: room g-{n}: no longer reports presence.", "harmless: room new: is new.",
            "harmless: room x: allows the event c now.", "harmless: room x: holds any number of members now; it was 5."});
  CHECK(is_breaking(changes));
  CHECK_FALSE(is_breaking(compare_definitions(definitions_of(old), definitions_of(old))));
}

}  // namespace
