// Definitions that an author may write and that once went wrong: each from its JSON to the verdict, by the id of the finding.
#include <catch2/catch.hpp>
#include <string>

#include "server/definitions/definitions_json.hpp"
#include "server/definitions/output/asyncapi.hpp"
#include "server/definitions/output/typescript.hpp"
#include "shared/json/json_scanner.hpp"
#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

Definitions definitions_with(const std::string& schema) {
  const LoadResult loaded =
      load_definitions(R"({"events": {"e": {"schema": )" + schema + R"(}}, "rooms": {"r": {"events": ["e"]}}})");
  for (const std::string& line : loaded.lines()) FAIL(line);
  return loaded.definitions;
}

std::string verdict_on(const std::string& schema, const std::string& payload) {
  return verdict_of(Built(definitions_with(schema)).view, payload);
}

std::string module_of(const std::string& file, std::string_view source = "") {
  const LoadResult loaded = load_definitions(file);
  for (const std::string& line : loaded.lines()) FAIL(line);
  return typescript_module(loaded.definitions, make_catalogue(loaded.definitions).bytes, source);
}

std::string listed(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ",") + value;
  return '[' + out + ']';
}

TEST_CASE("F-D01 a listed value is accepted however often it is in the payload") {
  std::vector<std::string> codes;
  for (int i = 0; i < 249; ++i) codes.push_back({'"', static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26), '"'});
  const std::string schema = R"({"type": "array", "items": {"enum": )" + listed(codes) + "}}";
  const Built built(definitions_with(schema));
  for (const std::string& code : {codes.front(), codes[100], codes.back()})
    CHECK(verdict_of(built.view, listed(std::vector<std::string>(13'000, code))) == "ok");
  std::vector<std::string> wrong(13'000, codes.back());
  wrong.push_back("\"zz\"");
  CHECK(verdict_of(built.view, listed(wrong)) == "not_in_enum $[13000]");
}

TEST_CASE("F-D01 enumerations of every type are found by their meaning") {
  const std::string schema =
      R"({"enum": [10, 9, 1.5, -3, 1e2, "b", "a", "", "\u00e9", "\n", "\"", "\ud83d\ude00", "\uffff", null,
          true, false, [1, 2], [], {}, {"a": 1, "b": [2]}]})";
  const Built built(definitions_with(schema));
  for (const char* const payload : {"10",
                                    "9.0",
                                    "90e-1",
                                    "1.5",
                                    "-3",
                                    "100",
                                    "\"b\"",
                                    "\"\\u0061\"",
                                    "\"\"",
                                    "\"\xc3\xa9\"",
                                    "\"\\u00E9\"",
                                    "\"\\u000a\"",
                                    "\"\\\"\"",
                                    "\"\xf0\x9f\x98\x80\"",
                                    "\"\\uD83D\\uDE00\"",
                                    "\"\xef\xbf\xbf\"",
                                    "null",
                                    "true",
                                    "false",
                                    "[1.0, 2]",
                                    "[ ]",
                                    "{ }",
                                    "{\"b\": [2], \"a\": 1.0}"}) {
    INFO(payload);
    CHECK(verdict_of(built.view, payload) == "ok");
  }
  for (const char* const payload : {"11", "-10", "1.50001", "\"c\"", "\"ab\"", "\"\\t\"", "[2, 1]", "[1]", "{\"a\": 1}"}) {
    INFO(payload);
    CHECK(verdict_of(built.view, payload) == "not_in_enum $");
  }
}

TEST_CASE("F-D02 a class of many ranges is searched, not walked") {
  // Every other code point of the planes that have no surrogates: nothing of it can be merged.
  std::string pattern = "^[";
  for (std::uint32_t c = 0x10000; pattern.size() < 200'000; c += 2) {
    char bytes[4];
    pattern.append(bytes, encode_utf8(static_cast<std::int32_t>(c), bytes));
  }
  const Built built(definitions_with(R"({"type": "string", "pattern": ")" + pattern + R"(a]*$"})"));
  CHECK(verdict_of(built.view, '"' + std::string(60'000, 'a') + '"') == "ok");
  CHECK(verdict_of(built.view, "\"\xf0\x90\x80\x80\"") == "ok");
  CHECK(verdict_of(built.view, "\"\xf0\x90\x80\x81\"").substr(0, 18) == "pattern_mismatch $");
}

TEST_CASE("F-D03 a large multipleOf makes a catalogue that starts") {
  CHECK(verdict_on(R"({"type": "number", "multipleOf": 18446744073709551616})", "0") == "ok");
  CHECK(verdict_on(R"({"type": "number", "multipleOf": 1e300})", "2e300") == "ok");
  CHECK(verdict_on(R"({"type": "number", "multipleOf": 123456789012345678})", "1").substr(0, 14) == "not_multiple $");
}

TEST_CASE("F-D04 no text of a definition ends a comment of the generated module") {
  const std::string text = module_of(
      R"({"events": {"e": {"description": "*\r/ } export const pwned = 1; interface Q { /*",
          "schema": {"type": "string", "description": "*\r\r/ x"}}},
          "rooms": {"r": {"description": "*\r/ } export const pwned = 1; interface Q { /*", "events": ["e"]}}})",
      "app.json\nexport const pwned = 1;\xe2\x80\xa8");
  CHECK(text.find("*/ }") == std::string::npos);
  CHECK(text.find("*/ x") == std::string::npos);
  CHECK(text.find("\nexport const pwned") == std::string::npos);
  CHECK(text.find("\xe2\x80\xa8") == std::string::npos);
}

TEST_CASE("F-D05 a tag whose name is empty distinguishes branches") {
  const std::string schema =
      R"({"oneOf": [{"type": "object", "properties": {"": {"const": "a"}, "x": {"type": "integer"}}, "required": ["", "x"]},
                    {"type": "object", "properties": {"": {"const": "b"}}, "required": [""]}]})";
  CHECK(verdict_on(schema, R"({"": "a", "x": 1})") == "ok");
  CHECK(verdict_on(schema, R"({"": "b"})") == "ok");
  CHECK(verdict_on(schema, R"({"": "a"})") == "required_missing $ x");
  CHECK(verdict_on(schema, R"({"": "c"})").substr(0, 15) == "variant_unknown");
}

TEST_CASE("F-D06 a large integer stays in its enumeration") {
  const std::string schema = R"({"type": ["integer", "string"], "enum": [1.5e30, "a"]})";
  CHECK(verdict_on(schema, "1.5e30") == "ok");
  CHECK(verdict_on(schema, "1500000000000000000000000000000") == "ok");
  CHECK(verdict_on(schema, "1.5e29") == "not_in_enum $");
}

TEST_CASE("F-D07 a bound is the number that its author wrote, in its shortest form") {
  const std::string schema = R"({"type": "number", "maximum": 223567784079510620})";
  CHECK(verdict_on(schema, "223567784079510620") == "ok");
  CHECK(verdict_on(schema, "223567784079510624") == "too_large $ 223567784079510620");
}

TEST_CASE("F-D11 no name of a definition hides a type that the module uses") {
  const std::string text = module_of(
      R"({"events": {"record": {"schema": {"type": "object", "properties": {"a": {"type": "object",
          "additionalProperties": false}}}}},
          "rooms": {"r": {"events": ["record"]}}})");
  CHECK(text.find("interface Record ") == std::string::npos);
  CHECK(text.find("interface Record2 ") != std::string::npos);
}

TEST_CASE("F-D13 variants and properties are found among thousands") {
  std::string branches;
  for (int i = 0; i < 2'000; ++i)
    branches += (i == 0 ? "" : ",") + std::string(R"({"type": "object", "properties": {"k": {"const": "v)") + std::to_string(i) +
                R"("}}, "required": ["k"]})";
  const Built built(definitions_with(R"({"type": "array", "items": {"oneOf": [)" + branches + "]}}"));
  for (const int i : {0, 1, 999, 1'999}) CHECK(verdict_of(built.view, R"([{"k": "v)" + std::to_string(i) + R"("}])") == "ok");
  CHECK(verdict_of(built.view, R"([{"k": "v2000"}])").substr(0, 15) == "variant_unknown");
}

TEST_CASE("F-D14 a list of many values is read, each once") {
  std::vector<std::string> values;
  for (int i = 0; i < 60'000; ++i) values.push_back(std::to_string(i));
  values.push_back("59999");
  const Built built(definitions_with(R"({"enum": )" + listed(values) + "}"));
  CHECK(verdict_of(built.view, "59999") == "ok");
  CHECK(verdict_of(built.view, "60000") == "not_in_enum $");
}

/// The one problem of a file with this schema: its place, message and hint.
std::string problem_of(const std::string& file) {
  const LoadResult loaded = load_definitions(file);
  if (loaded.problems.size() != 1) return std::to_string(loaded.problems.size()) + " problems";
  return loaded.problems[0].where + ": " + loaded.problems[0].message + " " + loaded.problems[0].hint;
}

std::string schema_problem(const std::string& schema) {
  const std::string text = problem_of(R"({"events": {"e": {"schema": )" + schema + "}}}");
  const std::string place = "/events/e/schema";
  return text.substr(0, place.size()) == place ? text.substr(place.size()) : text;
}

std::string room_problem(const std::string& room) {
  return problem_of(R"({"events": {"e": {"schema": true}}, "rooms": {"r-{id}": {"events": ["e"], )" + room + "}}}");
}

std::string event_problem(const std::string& event) { return problem_of(R"({"events": {"e": {)" + event + "}}}"); }

bool contains(const std::string& text, std::string_view part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("F-D08 an $id below the top of a schema is refused, since it would change its references") {
  CHECK(
      contains(schema_problem(R"({"$defs": {"a": {"$id": "https://example.com/a", "type": "string"}}, "$ref": "#/$defs/a"})"),
               "/$defs/a/$id: `$id` stands at the top of a schema only: here it would change what `$ref` points to. Remove it."));
  CHECK(load_definitions(R"({"events": {"e": {"schema": {"$id": "https://example.com/a", "type": "null"}}}})").ok());
}

TEST_CASE("F-F15 F-D17 a schema of another draft is refused by its name") {
  for (const char* const name : {"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-05/schema",
                                 "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema",
                                 "https://example.com/my-own", ""}) {
    const std::string text = schema_problem(R"({"$schema": ")" + std::string(name) + R"("})");
    CHECK(contains(text, "/$schema: `$schema` names \"" + std::string(name) + "\", and only 2020-12 is read."));
    CHECK(contains(text, "https://json-schema.org/draft/2020-12/schema"));
  }
  CHECK(contains(schema_problem(R"({"$schema": 5})"), "/$schema: `$schema` is a string."));
  for (const char* const end : {"", "#"})
    CHECK(load_definitions(R"({"events": {"e": {"schema": {"$schema": "https://json-schema.org/draft/2020-12/schema)" +
                           std::string(end) + R"("}}}})")
              .ok());
}

TEST_CASE("F-D17 an annotation of the wrong form is refused") {
  CHECK(contains(schema_problem(R"({"$id": 5})"), "/$id: `$id` is a string."));
  CHECK(contains(schema_problem(R"({"examples": 5})"), "/examples: `examples` is an array of examples."));
  CHECK(contains(schema_problem(R"({"$comment": []})"), "/$comment: `$comment` is a string."));
  CHECK(contains(schema_problem(R"({"deprecated": "yes"})"), "/deprecated: `deprecated` is true or false."));
  CHECK(contains(schema_problem(R"({"type": ["string", "string"]})"), "/type: `type` names \"string\" twice."));
  for (const char* const count : {"4.99999999999999999999999", "9007199254740992", "1e400", "-1", "0.5"})
    CHECK(contains(schema_problem(R"({"minLength": )" + std::string(count) + "}"), "/minLength: `minLength` is a whole number"));
  CHECK(load_definitions(R"({"events": {"e": {"schema": {"minLength": 50e-1}}}})").ok());
}

TEST_CASE("F-D17 F-D15 bounds that leave nothing are refused as a contradiction") {
  const std::pair<const char*, const char*> contradictions[] = {
      {R"({"minLength": 5, "maxLength": 2})", "/minLength: `minLength` is 5 and `maxLength` 2: nothing fits both."},
      {R"({"minItems": 5, "maxItems": 2})", "/minItems: "},
      {R"({"minProperties": 5, "maxProperties": 2})", "/minProperties: "},
      {R"({"minimum": 5, "maximum": 2})", "/minimum: `minimum` is 5 and `maximum` 2: no number fits both."},
      {R"({"minimum": 5, "exclusiveMaximum": 5})", "/minimum: "},
      {R"({"exclusiveMinimum": 5, "maximum": 5})", "/exclusiveMinimum: "},
      {R"({"type": "integer", "minimum": 0.2, "maximum": 0.8})", "no whole number fits both."},
      {R"({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2})", "no whole number fits both."},
      {R"({"prefixItems": [true], "items": false, "minItems": 2})", "/minItems: `minItems` is 2, and no item"},
      {R"({"prefixItems": [true, false], "minItems": 2})", "/minItems: `minItems` is 2, and no item"},
      {R"({"required": ["a", "b"], "maxProperties": 1})", "/maxProperties: `maxProperties` is 1, and 2 properties are required."},
      {R"({"properties": {"a": true}, "additionalProperties": false, "minProperties": 2})", "/minProperties: "},
      {R"({"properties": {"a": false}, "required": ["a"]})", "/required: `required` names \"a\", which is declared as `false`."},
      {R"({"properties": {"b": true}, "required": ["a"], "additionalProperties": false})",
       "/required: `required` names \"a\", which `additionalProperties` refuses."}};
  for (const auto& [schema, problem] : contradictions) {
    INFO(schema);
    CHECK(contains(schema_problem(schema), problem));
  }
  for (const char* const schema :
       {R"({"minLength": 5, "maxLength": 5})", R"({"minimum": 5, "maximum": 5})", R"({"minimum": 0.2, "maximum": 0.8})",
        R"({"prefixItems": [true], "items": false, "minItems": 1})", R"({"required": ["a"], "maxProperties": 1})",
        R"({"required": ["a"], "additionalProperties": {"type": "string"}})", "false"}) {
    INFO(schema);
    CHECK(load_definitions(R"({"events": {"e": {"schema": )" + std::string(schema) + "}}}").ok());
  }
}

TEST_CASE("F-D17 contradictory attributes of an event or room are refused") {
  CHECK(contains(event_problem(R"("schema": {"type": "object"}, "delivery": {"latest": ""})"),
                 "/events/e/delivery/latest: The key is empty. Name a property"));
  for (const char* const key : {R"({"type": ["string", "null"]})", R"({"type": "null"})", R"({"enum": ["a", null]})", "true"})
    CHECK(contains(
        event_problem(R"("delivery": {"latest": "k"}, "schema": {"type": "object", "required": ["k"], "properties": {"k": )" +
                      std::string(key) + "}}"),
        "\"k\" is not a required property of the payload that is a string, number or boolean."));
  for (const char* const grant : {"role:", "role: ", "role: staff", "user:a\\u0000", "role:a\\nb", "user:\\u007f"})
    CHECK(contains(room_problem(R"("access": {"join": [")" + std::string(grant) + R"("]})"), "is not a grant."));
  CHECK(contains(room_problem(R"("name": "\u0000")"), "/name: A name has no control characters."));
  CHECK(contains(room_problem(R"("channels": [])"), "/channels: `channels` names no transport"));
  CHECK(contains(room_problem(R"("retention": {"maxAge": "00001s"})"), "/retention/maxAge: A duration is expected."));
  CHECK(load_definitions(R"({"events": {}, "rooms": {"r-{id}": {"events": [], "name": "Caf\u00e9 \ud83d\ude00",
        "access": {"join": ["role:night shift", "user:{id}"]}}}})")
            .ok());
}

TEST_CASE("F-D19 a schema that nothing fits is an object in the AsyncAPI document") {
  const LoadResult loaded =
      load_definitions(R"({"events": {"e": {"schema": false}, "n": {"schema": true}}, "rooms": {"r": {"events": ["e", "n"]}}})");
  REQUIRE(loaded.ok());
  const std::string document = asyncapi_document(loaded.definitions, "t");
  CHECK(contains(document, R"("E":{"not":{}})"));
  CHECK(contains(document, R"("payload":{})"));
}

std::string object_of(int keys, int value) {
  std::string out;
  for (int i = 0; i < keys; ++i) out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(value);
  return '{' + out + '}';
}

TEST_CASE("F-D01 listed arrays and objects are found however many there are and however often they come") {
  std::vector<std::string> arrays, objects;
  for (int i = 0; i < 2'000; ++i) arrays.push_back("[[1,2]," + std::to_string(i) + ']');
  for (int i = 0; i < 500; ++i) objects.push_back(object_of(8, i));
  for (const std::vector<std::string>& values : {arrays, objects}) {
    const Built built(definitions_with(R"({"type": "array", "items": {"enum": )" + listed(values) + "}}"));
    const std::size_t often = 65'000 / (values.back().size() + 1);
    for (const std::string& value : {values.front(), values.back()})
      CHECK(verdict_of(built.view, listed(std::vector<std::string>(often, value))) == "ok");
    std::vector<std::string> wrong(often, values.back());
    wrong.push_back("{}");
    CHECK(verdict_of(built.view, listed(wrong)) ==
          (values == arrays ? "wrong_type $[" : "not_in_enum $[") + std::to_string(often) + (values == arrays ? "] array" : "]"));
  }
}

TEST_CASE("F-D01 the largest listed object never spends the bound on comparisons") {
  std::string reversed;
  for (int i = 29; i >= 0; --i) reversed += (i == 29 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  const Built built(definitions_with(R"({"type": "array", "items": {"const": )" + object_of(30, 1) + "}}"));
  for (const std::string& value : {object_of(30, 1), '{' + reversed + '}'})
    CHECK(verdict_of(built.view, listed(std::vector<std::string>(65'000 / (value.size() + 1), value))) == "ok");
  CHECK(verdict_of(built.view, '[' + object_of(29, 1) + ']') == "not_const $[0]");
  CHECK(verdict_of(built.view, "[{\"k0\":2," + object_of(30, 1).substr(1) + ']') ==
        "ok");  // of a repeated key the last one counts
  CHECK(contains(problem_of(R"({"events": {"e": {"schema": {"const": )" + object_of(31, 1) + "}}}}"), "more than 30 properties"));
}

TEST_CASE("F-D01 uniqueItems takes objects of any number of keys, and finds those that are equal") {
  const Built built(definitions_with(R"({"type": "array", "uniqueItems": true})"));
  CHECK(verdict_of(built.view, listed({object_of(5'000, 1)})) == "ok");
  CHECK(verdict_of(built.view, listed({object_of(2'500, 1), object_of(2'500, 2)})) == "ok");
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back(object_of(25, i));
  CHECK(verdict_of(built.view, listed(many)) == "ok");
  many.push_back(many.front());
  CHECK(verdict_of(built.view, listed(many)) == "items_not_unique $[200]");
}

TEST_CASE("F-D01 of a repeated key the last one counts, also if the first of many is repeated") {
  const Built built(definitions_with(R"({"type": "array", "uniqueItems": true})"));
  for (const int count : {2, 3, 30}) {
    const std::string object = object_of(count, 1), repeats = "{\"k0\":2," + object.substr(1);
    CHECK(verdict_of(built.view, listed({object, repeats})) == "items_not_unique $[1]");
    CHECK(verdict_of(built.view, listed({object, object.substr(0, object.size() - 1) + ",\"k0\":2}"})) == "ok");
  }
}

TEST_CASE("F-D02 what would be slow on some payload is refused with the definition") {
  const std::pair<const char*, const char*> slow[] = {
      {R"({"pattern": "a{100}b"})", "keeps up to 101 steps busy at each character, and 64 is the maximum"},
      {R"({"pattern": "(?:a|b)*a(?:a|b){50}c"})", "steps busy at each character"},
      {R"({"enum": [1, [1]], "items": {"$ref": "#"}})", "lists arrays or objects inside values that are already listed"},
      {R"({"uniqueItems": true, "items": {"$ref": "#"}})", "uniqueItems in more than 16 directly nested arrays"}};
  for (const auto& [schema, problem] : slow) {
    INFO(schema);
    CHECK(contains(problem_of(R"({"events": {"e": {"schema": )" + std::string(schema) + "}}}"), problem));
  }
  for (const char* const schema :
       {R"({"pattern": "^[a-z]{1,100}$"})", R"({"pattern": "^(?:a|b)*$"})",
        R"({"type": "object", "properties": {"c": {"type": "array", "uniqueItems": true, "items": {"$ref": "#"}}}})",
        R"({"items": {"enum": [[1], [2]]}, "uniqueItems": true})"}) {
    INFO(schema);
    CHECK(load_definitions(R"({"events": {"e": {"schema": )" + std::string(schema) + "}}}").ok());
  }
}

}  // namespace
