// Whoever reads a payload reads what another JSON parser does, for every payload that a schema may let through.
#include "shared/json/payload_reader.hpp"

#include <catch2/catch.hpp>

#include "shared/schema/canonical_json.hpp"
#include "tests/shared/support/json_cases.hpp"
#include "tests/shared/support/random_payload.hpp"

namespace {

using namespace dialogue;
using testing::JsonTree;

/// A tree by the payload reader alone; what cannot be read is a failure.
JsonTree tree_by_reader(std::string_view json) {
  const char first = PayloadReader(json).peek();
  if (first == '{') {
    JsonTree object = JsonTree::of_kind(JsonTree::Kind::object);
    REQUIRE(visit_members(
        json, [&](const std::string& key, std::string_view value) { object.members.emplace_back(key, tree_by_reader(value)); }));
    return object;
  }
  if (first == '[') {
    JsonTree array = JsonTree::of_kind(JsonTree::Kind::array);
    REQUIRE(visit_elements(json, [&](std::string_view value) { array.items.push_back(tree_by_reader(value)); }));
    return array;
  }
  if (first == '"') {
    auto text = string_value(json);
    REQUIRE(text);
    return JsonTree::of_string(std::move(*text));
  }
  if (first == 't' || first == 'f') return JsonTree::of_boolean(first == 't');
  return first == 'n' ? JsonTree() : JsonTree::of_number(*canonical_json(json));
}

void check_equal(const JsonTree& read, const JsonTree& meant) {
  REQUIRE(read.kind == meant.kind);
  CHECK(read.boolean == meant.boolean);
  if (meant.kind == JsonTree::Kind::number)
    CHECK(read.text == *canonical_json(meant.text));
  else
    CHECK(read.text == meant.text);
  REQUIRE(read.items.size() == meant.items.size());
  for (std::size_t i = 0; i < meant.items.size(); ++i) check_equal(read.items[i], meant.items[i]);
  REQUIRE(read.members.size() == meant.members.size());
  for (std::size_t i = 0; i < meant.members.size(); ++i) {
    CHECK(read.members[i].first == meant.members[i].first);
    check_equal(read.members[i].second, meant.members[i].second);
  }
}

}  // namespace

TEST_CASE("R-29 F-Y1 every payload is read as it is meant, with U+0000 in keys and texts") {
  testing::Random random(20'261'201);
  testing::RandomPayload payloads(random);
  testing::JsonTreeWriter writer(random);
  for (int i = 0; i < 3'000; ++i) {
    const JsonTree meant = payloads.value();
    const std::string text = writer.write(meant);
    INFO(text);
    check_equal(tree_by_reader(text), meant);
  }
}

TEST_CASE("a text that is no payload is a fault, not an end") {
  const auto nothing = [](auto&&...) {};
  for (const char* text : {"{\"a\":1", "{\"a\":1,}", "{\"\\ud800\":1}", "{\"a\":\"\\udc00\"}", "{} {}", "[1]", ""})
    CHECK_FALSE(visit_members(text, nothing));
  for (const char* text : {"[1", "[1,]", "[\"\\ud800\"]", "[] 1", "{}", "1"}) CHECK_FALSE(visit_elements(text, nothing));
  for (const char* text : {"\"a", "\"\\ud800\"", "\"a\" 1", "1", "{}", ""}) CHECK_FALSE(string_value(text));
}
