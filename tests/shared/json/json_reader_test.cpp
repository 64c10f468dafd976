// The pull reader over the small objects of our own frames.
#include "shared/json/json_reader.hpp"

#include <catch2/catch.hpp>

#include "tests/shared/support/json_cases.hpp"

namespace {

using namespace dialogue;

TEST_CASE("an object is read member by member") {
  JsonReader reader(R"( {"id":"a\n\u00e9","n":12,"flag":true,"list":["x",{"y":1}],"rest":{"deep":[[]]}} )");
  std::string key, text;
  std::uint64_t number = 0;
  bool flag = false;
  std::string_view raw;
  REQUIRE(reader.enter_object());
  REQUIRE(reader.next_key(key));
  CHECK(key == "id");
  REQUIRE(reader.read_string(text));
  CHECK(text == "a\n\xc3\xa9");
  REQUIRE(reader.next_key(key));
  REQUIRE(reader.read_integer(number));
  CHECK(number == 12);
  REQUIRE(reader.next_key(key));
  REQUIRE(reader.read_boolean(flag));
  CHECK(flag);
  REQUIRE(reader.next_key(key));
  REQUIRE(reader.enter_array());
  REQUIRE(reader.next_element());
  REQUIRE(reader.read_string(text));
  REQUIRE(reader.next_element());
  CHECK(reader.peek() == '{');
  REQUIRE(reader.read_raw(raw));
  CHECK(raw == R"({"y":1})");
  CHECK_FALSE(reader.next_element());
  REQUIRE(reader.next_key(key));
  REQUIRE(reader.skip());
  CHECK_FALSE(reader.next_key(key));
  CHECK_FALSE(reader.failed());
  CHECK(reader.at_end());
}

TEST_CASE("empty containers end at once") {
  JsonReader reader("[{},[]]");
  std::string key;
  REQUIRE(reader.enter_array());
  REQUIRE(reader.next_element());
  REQUIRE(reader.enter_object());
  CHECK_FALSE(reader.next_key(key));
  REQUIRE(reader.next_element());
  REQUIRE(reader.enter_array());
  CHECK_FALSE(reader.next_element());
  CHECK_FALSE(reader.next_element());
  CHECK(reader.at_end());
}

/// Walks everything with the reader itself rather than with skip().
bool walk(JsonReader& reader) {
  std::string text;
  if (reader.peek() == '{') {
    if (!reader.enter_object()) return false;
    while (reader.next_key(text))
      if (!walk(reader)) return false;
    return !reader.failed();
  }
  if (reader.peek() == '[') {
    if (!reader.enter_array()) return false;
    while (reader.next_element())
      if (!walk(reader)) return false;
    return !reader.failed();
  }
  return reader.skip();
}

TEST_CASE("the reader takes and refuses the same texts as the scanner") {
  for (const std::string& text : testing::accepted_json()) {
    INFO(text);
    JsonReader reader(text);
    CHECK((walk(reader) && reader.at_end()));
  }
  for (const auto& [text, code] : testing::refused_json()) {
    INFO(text.substr(0, 100));
    JsonReader reader(text);
    CHECK_FALSE((walk(reader) && reader.at_end()));
  }
}

TEST_CASE("after the first fault every call fails") {
  JsonReader reader(R"({"a":tru,"b":1})");
  std::string key;
  bool flag = false;
  REQUIRE(reader.enter_object());
  REQUIRE(reader.next_key(key));
  CHECK_FALSE(reader.read_boolean(flag));
  CHECK(reader.failed());
  CHECK_FALSE(reader.next_key(key));
  CHECK_FALSE(reader.skip());
  CHECK_FALSE(reader.at_end());
  CHECK(reader.peek() == '\0');
}

TEST_CASE("values of another type are faults") {
  std::string text;
  std::uint64_t number = 0;
  bool flag = false;
  for (const char* other : {"1", "null", "{}", "[]", "\"\\ud800\"", "\"\\u0000\"", "\"\n\""})
    CHECK_FALSE(JsonReader(other).read_string(text));
  for (const char* other : {"\"1\"", "1.0", "1e2", "1E2", "-1", "9007199254740992", "01", "null"})
    CHECK_FALSE(JsonReader(other).read_integer(number));
  for (const char* other : {"1", "\"true\"", "null", "truth"}) CHECK_FALSE((JsonReader(other).read_boolean(flag) && flag));
  CHECK_FALSE(JsonReader("[]").enter_object());
  CHECK_FALSE(JsonReader("{}").enter_array());
}

TEST_CASE("a key may not hold U+0000 or half a surrogate pair") {
  for (const char* text : {R"({"a\u0000":1})", R"({"\udc00":1})"}) {
    JsonReader reader(text);
    std::string key;
    REQUIRE(reader.enter_object());
    CHECK_FALSE(reader.next_key(key));
    CHECK(reader.failed());
  }
}

TEST_CASE("strings are written with the escapes that JSON requires and no others") {
  std::string out = "x";
  append_json_string(out, std::string_view("a\"\\/\n\x01\x7f\0\xc3\xa9", 10));
  CHECK(out == "x\"a\\\"\\\\/\\u000a\\u0001\x7f\\u0000\xc3\xa9\"");
  std::string back;
  std::string plain;
  append_json_string(plain, "tab\there \xf0\x9f\x98\x80");
  REQUIRE(JsonReader(plain).read_string(back));
  CHECK(back == "tab\there \xf0\x9f\x98\x80");
}

}  // namespace
