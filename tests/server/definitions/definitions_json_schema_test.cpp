// docs/reference/dialogue.schema.json, which editors use, agrees with the loader about what an app.json is. It is written in our
// own subset, so our own validator can judge by it.
#include <catch2/catch.hpp>
#include <filesystem>

#include "server/definitions/definitions_json.hpp"
#include "server/definitions/schema/schema_json.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"
#include "tests/server/definitions/definition_files.hpp"
#include "tests/source_dir.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

const std::filesystem::path kRoot = source_dir();

class AppSchema {
 public:
  AppSchema() {
    const std::string text = text_of(kRoot / "docs/reference/dialogue.schema.json");
    const JsonDocument document = parse_json_document(text);
    REQUIRE_FALSE(document.problem);
    Definitions definitions;
    Diagnostics problems(text);
    definitions.events.push_back(
        {"app", load_schema(document.root, "", definitions.schemas, problems), Delivery::reliable, "", {}, {}, ""});
    for (const Diagnostic& problem : problems.take()) FAIL(format_problem(problem, "dialogue.schema.json"));
    bytes_ = make_catalogue(definitions).bytes;
  }
  bool accepts(std::string_view app) const {
    Verdict verdict;
    validate(*CatalogueView::parse(bytes_), 0, app, verdict);
    UNSCOPED_INFO(verdict.path() << " " << verdict.argument());
    return verdict.valid();
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

TEST_CASE("every definition file of the examples is accepted by the schema and by the loader") {
  const AppSchema schema;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "examples")) {
    if (entry.path().filename() != "app.json") continue;
    INFO(entry.path().string());
    const std::string text = text_of(entry.path());
    CHECK(schema.accepts(text));
    CHECK(load_definitions(text).ok());
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("the schema accepts what the loader accepts") {
  const AppSchema schema;
  for (const char* app :
       {R"({"events": {}})", R"({"$defs": {"S": {"enum": [1]}}, "events": {"a": {"schema": {"$ref": "#/$defs/S"}}}})",
        R"({"events": {"a": {"schema": true, "delivery": {"window": {"maxEvents": 1}}}}, "rooms": []})",
        R"({"events": {"a": {"schema": {"type": ["string", "null"], "oneOf": [{"const": null}, {"$ref": "#/$defs/x"}],
        "$defs": {"x": {"enum": ["a"]}}}}}})",
        R"({"events": {"a": {"schema": false}}, "rooms": [{"id": "r-{x}", "events": ["a"],
        "access": {"publish": {"a": ["role:x"]}}}]})",
        R"({"events": {}, "rooms": {"a": {"events": [], "retention": {}, "durability": "memory",
        "presence": false, "channels": ["websocket"],
        "access": {"publish": ["*"]}}},
            "rateLimit": {"global": {"maxEvents": 1, "window": "1s"}, "perRoom": {"a": {"maxEvents": 1, "window": "1d"}}}})",
        R"({"events": {}, "clientLimits": {"bytesPerSecond": 65536, "joinsPerSecond": 5, "rooms": 10,
            "reads": {"maxEvents": 9, "window": "1s"}},
            "middleware": [{"use": "logger"}, {"use": "contentFilter", "blocklist": ["\\bdarn\\b"], "replacement": "*"}],
            "rooms": {"a": {"events": [], "middleware": [{"use": "requiredRole", "role": "x"},
              {"use": "redact", "fields": ["card.number"]}, {"use": "sizeGuard", "maxBytes": 100}]}}})"}) {
    INFO(app);
    CHECK(schema.accepts(app));
    CHECK(load_definitions(app).ok());
  }
}

TEST_CASE("the schema refuses what the loader refuses for its form") {
  const AppSchema schema;
  for (const char* app : {"[]",
                          "{}",
                          R"({"events": []})",
                          R"({"events": {"a": {}}})",
                          R"({"events": {"a": {"schema": 1}}})",
                          R"({"event": {}, "events": {}})",
                          R"({"events": {"a": {"schema": {"if": true}}}})",
                          R"({"events": {"a": {"schema": {"properties": {"b": {"minLength": -1}}}}}})",
                          R"({"events": {"a": {"schema": {"type": "text"}}}})",
                          R"({"events": {"a": {"schema": {"format": "color"}}}})",
                          R"({"events": {"a": {"schema": {"multipleOf": 0}}}})",
                          R"({"events": {"a": {"schema": {"$ref": "other.json"}}}})",
                          R"({"events": {"a": {"schema": true, "delivery": "never"}}})",
                          R"({"events": {"a": {"schema": true, "delivery": {}}}})",
                          R"({"events": {"a": {"schema": true, "delivery": {"latest": "k", "window": {"maxEvents": 1}}}}})",
                          R"({"events": {}, "rooms": {"a": {}}})",
                          R"({"events": {}, "rooms": [{"events": []}]})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "id": "a"}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "maxSize": 0}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "maxsize": 1}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "durability": "disk"}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "presence": "none"}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "retention": {"maxAge": "7w"}}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "access": {"join": ["staff"]}}}})",
                          R"({"events": {}, "rooms": {"a": {"events": [], "channels": ["udp"]}}})",
                          R"({"events": {}, "clientLimits": {"rooms": 0}})",
                          R"({"events": {}, "clientLimits": {"room": 1}})",
                          R"({"events": {}, "clientLimits": {"reads": 5}})",
                          R"({"events": {}, "middleware": {"use": "logger"}})",
                          R"({"events": {}, "middleware": [{"use": "log"}]})",
                          R"({"events": {}, "middleware": [{"use": "sizeGuard"}]})",
                          R"({"events": {}, "middleware": [{"use": "logger", "role": "x"}]})",
                          R"({"events": {}, "rateLimit": {"global": {"maxEvents": 1}}})"}) {
    INFO(app);
    CHECK_FALSE(schema.accepts(app));
    CHECK_FALSE(load_definitions(app).ok());
  }
}

}  // namespace
