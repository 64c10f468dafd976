// Every fault of a payload, one after the other: what validate() finds past those that it found before.
#include <catch2/catch.hpp>

#include "tests/shared/support/differential.hpp"
#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

/// "code path argument" of each fault, in the order in which they are found; at most `most`.
std::vector<std::string> all_faults(const CatalogueView& catalogue, std::string_view payload, std::uint32_t most = 64) {
  std::vector<std::string> found;
  Verdict verdict;
  for (std::uint32_t passed = 0; passed < most; ++passed) {
    validate(catalogue, 0, payload, verdict, passed);
    if (verdict.valid()) break;
    found.push_back(std::string(error_name(verdict.code)) + " " + std::string(verdict.path()) +
                    (verdict.argument_length > 0 ? " " + std::string(verdict.argument()) : ""));
    if (verdict.code <= ErrorCode::json_depth) break;
  }
  return found;
}

using Faults = std::vector<std::string>;

/// An order: an id of text, a status of two, items of at most three, each with a price of at least 0, and nothing else.
Built order() {
  SchemaGraph graph;
  SchemaNode price = node_of(kNumber);
  price.minimum = 0;
  price.multiple_of = 0.5;
  SchemaNode name = node_of(kString);
  name.min_length = 1;
  name.max_length = 5;
  name.pattern = "^[a-z]*$";
  SchemaNode item = node_of(kObject);
  item.properties = {{"name", graph.add(name), true}, {"price", graph.add(price), true}};
  item.additional_properties = graph.add(node_of(0));
  SchemaNode items = node_of(kArray);
  items.items = graph.add(item);
  items.max_items = 3;
  items.unique_items = true;
  SchemaNode status = node_of(kString);
  status.enumeration = {"\"new\"", "\"paid\""};
  SchemaNode whole = node_of(kObject);
  whole.properties = {
      {"id", graph.add(node_of(kString)), true}, {"items", graph.add(items), true}, {"status", graph.add(status), false}};
  const NodeIndex root = graph.add(whole);
  return Built(one_event(std::move(graph), root));
}

TEST_CASE("F-U-M9 all faults of a payload are found, each with its place, in the order of the text") {
  const Built built = order();
  CHECK(all_faults(built.view, R"({"id":"a","items":[]})").empty());
  CHECK(all_faults(built.view, R"({"status":"old","items":[{"name":"","price":-1},{"price":"1","extra":[1,{"a":2}]}]})") ==
        Faults{"not_in_enum $.status", "too_short $.items[0].name 1", "too_small $.items[0].price 0",
               "wrong_type $.items[1].price number", "property_unknown $.items[1].extra", "required_missing $.items[1] name",
               "required_missing $ id"});
  CHECK(all_faults(built.view, R"({"id":{"deep":[1,2,{"er":3}]},"items":{"no":"list"},"status":null})") ==
        Faults{"wrong_type $.id string", "wrong_type $.items array", "wrong_type $.status string"});
}

TEST_CASE("F-U-M9 a value may have several faults, and a list that is too long is read to its end") {
  const Built built = order();
  CHECK(all_faults(built.view, R"({"id":"a","items":[{"name":"TOO LONG","price":-1.2}]})") ==
        Faults{"too_long $.items[0].name 5", "pattern_mismatch $.items[0].name ^[a-z]*$", "too_small $.items[0].price 0",
               "not_multiple $.items[0].price 0.5"});
  CHECK(all_faults(built.view, R"({"id":1,"id":"b","items":[1,2,3,4,5]})") ==
        Faults{"wrong_type $.id string", "duplicate_key $.id id", "wrong_type $.items[0] object", "wrong_type $.items[1] object",
               "wrong_type $.items[2] object", "too_many_items $.items 3", "wrong_type $.items[3] object",
               "wrong_type $.items[4] object"});
  CHECK(all_faults(built.view, R"({"id":"a","items":[{"name":"a","price":1},{"price":1,"name":"a"}]})") ==
        Faults{"items_not_unique $.items[1]"});
}

TEST_CASE("F-U-M9 invalid JSON is the last fault, since nothing after it can be read") {
  const Built built = order();
  CHECK(all_faults(built.view, R"({"id":1,"items":[1,)") ==
        Faults{"wrong_type $.id string", "wrong_type $.items[0] object", "json_syntax $.items[1]"});
  CHECK(all_faults(built.view, R"({"id":{"a":},"items":[]})") == Faults{"wrong_type $.id string", "json_syntax $.id"});
  CHECK(all_faults(built.view, "") == Faults{"json_syntax $"});
}

TEST_CASE("F-U-M9 if no variant fits, the value counts as one fault, whatever is inside") {
  SchemaGraph graph;
  const auto variant = [&](const char* tag) {
    SchemaNode node = node_of(kObject);
    node.properties = {{"kind", graph.add(constant(std::string("\"") + tag + "\"")), true},
                       {"size", graph.add(node_of(kInteger)), true}};
    return graph.add(node);
  };
  SchemaNode either;
  either.types = kObject;
  either.one_of.emplace().tag = "kind";
  either.one_of->by_tag = {{"a", variant("a")}, {"b", variant("b")}};
  SchemaNode list = node_of(kArray);
  list.items = graph.add(either);
  const NodeIndex root = graph.add(list);
  const Built built(one_event(std::move(graph), root));
  CHECK(all_faults(built.view, R"([{"kind":"a","size":1},{"kind":"c","size":[]},{"size":1},7,{"kind":"b","size":"x"}])") ==
        Faults{"variant_unknown $[1].kind", "required_missing $[2] kind", "wrong_type $[3] object",
               "wrong_type $[4].size integer"});
}

TEST_CASE("F-U-M9 listing ends, begins with what validate() says, and finds nothing in what is valid, on generated documents") {
  std::size_t several = 0;
  generate_cases(7, 3000, [&](const GeneratedCase& example) {
    const std::string first = verdict_of(example.catalogue, example.text);
    const Faults faults = all_faults(example.catalogue, example.text, 10'000);
    INFO(example.text);
    REQUIRE(faults.size() < 10'000);
    REQUIRE(faults.empty() == (first == "ok"));
    if (!faults.empty()) REQUIRE(faults.front() == first);
    several += faults.size() > 1 ? 1 : 0;
    return true;
  });
  CHECK(several > 100);
}

}  // namespace
