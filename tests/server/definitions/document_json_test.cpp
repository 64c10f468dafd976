// The "document" of an event in app.json.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/definitions_json.hpp"

namespace dialogue::definitions {
namespace {

LoadResult load(const std::string& event, const std::string& room = R"("events": ["page"])") {
  return load_definitions(R"({"events": {"page": )" + event + R"(}, "rooms": {"doc-{id}": {)" + room + "}}}", "app.json");
}

std::string first_problem(const LoadResult& loaded) {
  return loaded.problems.empty() ? "" : loaded.problems.front().message + " " + loaded.problems.front().hint;
}

constexpr const char* kPage = R"({"document": {"text": ["body"], "map": ["meta"], "array": ["list"], "xml": ["pm"]}})";

}  // namespace

TEST_CASE("a document has its roots by kind, and its room no retention") {
  const LoadResult loaded = load(kPage);
  REQUIRE(loaded.ok());
  const auto& roots = loaded.definitions.events.front().document;
  REQUIRE(roots.size() == 4);
  CHECK(roots[0].name == "body");
  CHECK(roots[0].kind == DocumentKind::text);
  CHECK(roots[3].kind == DocumentKind::xml);
  CHECK_FALSE(loaded.definitions.rooms.front().retention.max_events);
  CHECK_FALSE(loaded.definitions.rooms.front().retention.max_age_ms);
}

TEST_CASE("what a document cannot be is refused, with the place and a remedy") {
  const auto [event, problem] = GENERATE(
      std::pair{R"({"document": true})", "a document"}, std::pair{R"({"document": {}})", "A document has 1 to 64 roots."},
      std::pair{R"({"document": {"text": []}})", "A document has 1 to 64 roots."},
      std::pair{R"({"document": {"text": [""]}})", "A root's name has 1 to 128 bytes."},
      std::pair{R"({"document": {"text": ["a"], "map": ["a"]}})", "The root \"a\" is listed twice."},
      std::pair{R"({"document": {"words": ["a"]}})", "words"},
      std::pair{R"({"document": {"text": ["a"]}, "schema": true})", "A document has no `schema`."},
      std::pair{R"({"document": {"text": ["a"]}, "delivery": "latest"})", "A document has no `delivery`."});
  const std::string found = first_problem(load(event));
  INFO(found);
  CHECK(found.find(problem) != std::string::npos);
}

TEST_CASE("a room with a document refuses a retention") {
  const LoadResult loaded = load(kPage, R"("events": ["page"], "retention": {"maxEvents": 10})");
  CHECK(first_problem(loaded).find("A room with the document \"page\" has no `retention`") != std::string::npos);
}

TEST_CASE("a root that goes breaks both ends, one that is added neither") {
  const Definitions before = load(kPage).definitions;
  const Definitions less = load(R"({"document": {"text": ["body"], "map": ["meta"], "array": ["list"]}})").definitions;
  const Definitions event = load(R"({"schema": true})").definitions;
  const auto has = [](const std::vector<Change>& changes, std::string_view words) {
    return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
      return change.impact == Impact::breaks_both && change.message.find(words) != std::string::npos;
    });
  };
  CHECK(has(compare_definitions(before, less), "does not have the root pm of the kind xml now."));
  CHECK(compare_definitions(less, before).empty());
  CHECK(has(compare_definitions(before, event), "is not a document now."));
}

}  // namespace dialogue::definitions
