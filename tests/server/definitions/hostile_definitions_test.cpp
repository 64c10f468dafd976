// Definitions that an author may write and that once went wrong: each from its JSON to the verdict, by the id of the finding.
#include <catch2/catch.hpp>
#include <string>

#include "server/definitions/definitions_json.hpp"
#include "server/definitions/typescript.hpp"
#include "shared/json_scanner.hpp"
#include "tests/shared/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

Definitions definitions_of(const std::string& schema) {
  const LoadResult loaded =
      load_definitions(R"({"events": {"e": {"schema": )" + schema + R"(}}, "rooms": {"r": {"events": ["e"]}}})");
  for (const std::string& line : loaded.lines()) FAIL(line);
  return loaded.definitions;
}

std::string verdict_on(const std::string& schema, const std::string& payload) {
  return verdict_of(Built(definitions_of(schema)).view, payload);
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

TEST_CASE("F-D01 a value that is listed is accepted however often it stands in the payload") {
  std::vector<std::string> codes;
  for (int i = 0; i < 249; ++i) codes.push_back({'"', static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26), '"'});
  const std::string schema = R"({"type": "array", "items": {"enum": )" + listed(codes) + "}}";
  const Built built(definitions_of(schema));
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
  const Built built(definitions_of(schema));
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
  const Built built(definitions_of(R"({"type": "string", "pattern": ")" + pattern + R"(a]*$"})"));
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
          "rooms": {"r": {"name": "*\r/ } export const pwned = 1; interface Q { /*", "events": ["e"]}}})",
      "app.json\nexport const pwned = 1;\xe2\x80\xa8");
  CHECK(text.find("*/ }") == std::string::npos);
  CHECK(text.find("*/ x") == std::string::npos);
  CHECK(text.find("\nexport const pwned") == std::string::npos);
  CHECK(text.find("\xe2\x80\xa8") == std::string::npos);
}

TEST_CASE("F-D05 a tag whose name is empty tells branches apart") {
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
  const Built built(definitions_of(R"({"type": "array", "items": {"oneOf": [)" + branches + "]}}"));
  for (const int i : {0, 1, 999, 1'999}) CHECK(verdict_of(built.view, R"([{"k": "v)" + std::to_string(i) + R"("}])") == "ok");
  CHECK(verdict_of(built.view, R"([{"k": "v2000"}])").substr(0, 15) == "variant_unknown");
}

TEST_CASE("F-D14 a list of many values is read, each once") {
  std::vector<std::string> values;
  for (int i = 0; i < 60'000; ++i) values.push_back(std::to_string(i));
  values.push_back("59999");
  const Built built(definitions_of(R"({"enum": )" + listed(values) + "}"));
  CHECK(verdict_of(built.view, "59999") == "ok");
  CHECK(verdict_of(built.view, "60000") == "not_in_enum $");
}

}  // namespace
