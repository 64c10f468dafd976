// Equality of values as they stand in the text.
#include "shared/json/json_equal.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace {

using namespace dialogue;

struct Compared {
  bool equal, same_digest, exhausted;
};

Compared compare_texts(std::string_view left, std::string_view right) {
  JsonComparison comparison;
  JsonCursor a{left.data(), left.data() + left.size()}, b{right.data(), right.data() + right.size()};
  JsonCursor a_digest = a, b_digest = b;
  const bool same_digest = comparison.digest(a_digest) == comparison.digest(b_digest);
  const bool equal = comparison.equal(a, b);
  return {equal, same_digest, comparison.exhausted()};
}

TEST_CASE("values are equal when their meaning is") {
  const char* groups[][3] = {
      {"1", "1.0", "10e-1"},
      {"0", "-0", "0.0e5"},
      {R"("a\/")", R"("\u0061/")", R"("a/")"},
      {R"({"a":1,"b":[2]})", R"({ "b" : [2.0] , "a" : 1 })", R"({"\u0061":1,"b":[2e0]})"},
      {R"({"a":1,"a":2})", R"({"a":2})", R"({"a":[],"a":{},"a":2})"},
      {"[]", "[ ]", " [\n]"},
      {R"([{"x":{"y":null}}])", R"([ { "x" : { "y" : null } } ])", R"([{"x":1,"x":{"y":null}}])"},
      {R"({"a":{"b":1,"b":2},"a":{"b":2}})", R"({"a":{"b":2}})", R"({"a":{"b":3,"b":2}})"},
      {"true", " true", "true "},
  };
  for (const auto& group : groups)
    for (const char* left : group)
      for (const char* right : group) {
        INFO(left << " and " << right);
        const Compared result = compare_texts(left, right);
        CHECK(result.equal);
        CHECK(result.same_digest);
      }
}

TEST_CASE("values are unequal when their meaning differs") {
  const char* values[] = {"null",
                          "true",
                          "false",
                          "0",
                          "1",
                          "-1",
                          "1e400",
                          "0.1",
                          R"("")",
                          R"("0")",
                          R"("null")",
                          "[]",
                          "[[]]",
                          "[null]",
                          "[0,1]",
                          "[1,0]",
                          "{}",
                          R"({"a":1})",
                          R"({"a":2})",
                          R"({"b":1})",
                          R"({"a":1,"b":1})",
                          R"({"a":{"a":1}})",
                          R"({"a":[1]})",
                          R"({"":1})",
                          R"("a")",
                          R"("A")"};
  for (std::size_t i = 0; i < std::size(values); ++i)
    for (std::size_t k = 0; k < std::size(values); ++k) {
      INFO(values[i] << " and " << values[k]);
      CHECK(compare_texts(values[i], values[k]).equal == (i == k));
    }
}

TEST_CASE("both cursors stand after equal values") {
  const std::string left = "[1,{\"a\":2}],", right = " [ 1.0 , { \"a\" : 2 } ] ,";
  JsonCursor a{left.data(), left.data() + left.size()}, b{right.data(), right.data() + right.size()};
  JsonComparison comparison;
  REQUIRE(comparison.equal(a, b));
  CHECK(*a.at == ',');
  b.skip_space();
  CHECK(*b.at == ',');
}

TEST_CASE("comparisons of hostile objects stop at a bound") {
  std::string large = "{";
  for (int i = 0; i < 8000; ++i) large += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  large += "}";
  const Compared result = compare_texts(large, large);
  CHECK_FALSE(result.equal);
  CHECK(result.exhausted);
}

TEST_CASE("a key equals a name however it is escaped") {
  const auto equals = [](std::string_view raw, std::string_view text) {
    return equals_text({raw.data(), raw.data() + raw.size(), 0}, text);
  };
  CHECK(equals("abc", "abc"));
  CHECK(equals("\\u0061bc", "abc"));
  CHECK(equals("\\ud83d\\ude00", "\xf0\x9f\x98\x80"));
  CHECK(equals("", ""));
  CHECK_FALSE(equals("ab", "abc"));
  CHECK_FALSE(equals("abcd", "abc"));
  CHECK_FALSE(equals("", "a"));
  CHECK_FALSE(equals("\\n", "\\n"));
}

}  // namespace
