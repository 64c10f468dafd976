#include "server/definitions/source/json_document.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace dialogue;
using namespace dialogue::definitions;

Diagnostic document_problem(std::string_view text) {
  const JsonDocument document = parse_json_document(text);
  REQUIRE(document.problem);
  return *document.problem;
}

TEST_CASE("a document keeps every value and where it began") {
  const std::string_view text = "{\n  \"a\": [1, -2.5e3, true, null],\n  \"b\": \"x\\u00e9\\n\"\n}";
  const JsonDocument document = parse_json_document(text);
  REQUIRE_FALSE(document.problem);
  const JsonValue& list = document.root.find("a")->value;
  REQUIRE(list.items.size() == 4);
  CHECK(list.items[0].unsigned_integer() == 1u);
  CHECK(list.items[1].number() == -2500);
  CHECK(list.items[2].boolean);
  CHECK(list.items[3].is(JsonValue::Kind::null));
  CHECK(document.root.find("b")->value.text == "x\xC3\xA9\n");
  CHECK(document.root.find("c") == nullptr);
  const Place place = place_of(text, list.items[1].offset);
  CHECK(place.line == 2);
  CHECK(place.column == 12);
}

TEST_CASE("columns count code points") {
  const std::string_view text = "[\"\xC3\xA9\xF0\x9F\x98\x80\", x]";
  const Diagnostic problem = document_problem(text);
  CHECK(problem.place.line == 1);
  CHECK(problem.place.column == 8);
}

TEST_CASE("a repeated key is a problem at its second place") {
  const Diagnostic problem = document_problem("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}}");
  CHECK(problem.place.line == 2);
  CHECK(problem.place.column == 16);
  CHECK(problem.where == "/b/c");
  CHECK(problem.message == "the key is given twice");
}

TEST_CASE("each kind of broken JSON is reported") {
  CHECK(document_problem("").message == "the file ends too early");
  CHECK(document_problem("{").message == "a key in double quotes was expected");
  CHECK(document_problem("{a: 1}").message == "a key in double quotes was expected");
  CHECK(document_problem("{\"a\" 1}").message == "`:` was expected after the key");
  CHECK(document_problem("{\"a\": 1,}").message == "a comma stands before `}`");
  CHECK(document_problem("[1,]").message == "a comma stands before `]`");
  CHECK(document_problem("[1 2]").message == "`,` or `]` was expected");
  CHECK(document_problem("[01]").where == "");
  CHECK(document_problem("[\"a]").message == "the string is not valid JSON");
  CHECK(document_problem("[\"\xFF\"]").message == "the text is not valid UTF-8");
  CHECK(document_problem("[\"\\ud800\"]").message == "the text is not valid UTF-8");
  CHECK(document_problem("[tru]").message == "a JSON value was expected");
  CHECK(document_problem("1 2").message == "something follows the end of the JSON value");
  CHECK(document_problem("\xEF\xBB\xBF{}").message == "the file begins with a byte order mark");
  CHECK(document_problem(std::string(kDocumentDepthMax + 1, '[')).message == "the file is nested too deeply");
  CHECK_FALSE(parse_json_document(std::string(kDocumentDepthMax, '[') + std::string(kDocumentDepthMax, ']')).problem);
}

TEST_CASE("numbers are whole however they are written") {
  const auto whole = [](std::string_view text) { return parse_json_document(text).root.unsigned_integer(); };
  CHECK(whole("10") == 10u);
  CHECK(whole("1.0e1") == 10u);
  CHECK(whole("9007199254740991") == 9007199254740991u);
  CHECK_FALSE(whole("9007199254740992"));
  CHECK_FALSE(whole("-1"));
  CHECK_FALSE(whole("1.5"));
  CHECK_FALSE(whole("1e999"));
  CHECK_FALSE(whole("\"1\""));
}

TEST_CASE("compact JSON sorts keys and escapes") {
  CHECK(to_compact_json(parse_json_document(" { \"b\" : [ 1.50 , null ] , \"a\" : \"\\n\\\"\" } ").root) ==
        R"({"a":"\u000a\"","b":[1.50,null]})");
}

TEST_CASE("pointers escape what they must") {
  CHECK(pointer_child("/events", "a/b~c") == "/events/a~1b~0c");
  CHECK(pointer_child("", std::size_t{3}) == "/3");
}

}  // namespace
