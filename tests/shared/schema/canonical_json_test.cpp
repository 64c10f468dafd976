// One text for each value.
#include "shared/schema/canonical_json.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace dialogue;

TEST_CASE("equal values have one canonical text") {
  const std::pair<const char*, const char*> cases[] = {
      {" null ", "null"},
      {"[ 1 , 2 ]", "[1,2]"},
      {"[]", "[]"},
      {" { } ", "{}"},
      {R"({"b":1,"a":2})", R"({"a":2,"b":1})"},
      {R"({"a":1,"a":2})", R"({"a":2})"},
      {R"("\u0041\/\n\u00e9")", "\"A/\\u000a\xc3\xa9\""},
      {R"("\ud83d\ude00")", "\"\xf0\x9f\x98\x80\""},
      {R"({"x":{"z":[],"y":[{}]}})", R"({"x":{"y":[{}],"z":[]}})"},
  };
  for (const auto& [text, canonical] : cases) CHECK(canonical_json(text) == canonical);
}

TEST_CASE("numbers are written as ECMAScript writes them, with all of their digits") {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"-0.0", "0"},
      {"1.0", "1"},
      {"100", "100"},
      {"1e2", "100"},
      {"1e20", "100000000000000000000"},
      {"1e21", "1e+21"},
      {"1.50", "1.5"},
      {"0.000001", "0.000001"},
      {"1e-7", "1e-7"},
      {"12e-8", "1.2e-7"},
      {"-1.5e300", "-1.5e+300"},
      {"9007199254740993", "9007199254740993"},
      {"123456789012345678901234567890", "1.2345678901234567890123456789e+29"},
  };
  for (const auto& [text, canonical] : cases) CHECK(canonical_json(text) == canonical);
}

TEST_CASE("a double is written with the fewest digits that give it back") {
  CHECK(canonical_number(0.1) == "0.1");
  CHECK(canonical_number(-0.0) == "0");
  CHECK(canonical_number(1e21) == "1e+21");
  CHECK(canonical_number(5e-324) == "5e-324");
  CHECK(canonical_number(9007199254740991.0) == "9007199254740991");
  CHECK(canonical_number(1.0 / 3) == "0.3333333333333333");
}

TEST_CASE("what is not one JSON value has no canonical text") {
  for (const char* bad : {"", "1 2", "{", "nul", "\"\xff\"", "[1,]"}) CHECK_FALSE(canonical_json(bad));
}

}  // namespace
