// The calls and streams of app.json, what becomes of them in the catalogue and in TypeScript, and what is refused.
#include <catch2/catch.hpp>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/definitions_json.hpp"
#include "server/definitions/output/typescript.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/definitions/definition_files.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

std::string calls_file(std::string_view calls, std::string_view streams = "{}") {
  return R"({"events": {"message": {"schema": true}}, "calls": )" + std::string(calls) + R"(, "streams": )" +
         std::string(streams) + "}";
}

std::string call_refusal(const std::string& text) {
  const LoadResult loaded = load_definitions(text);
  REQUIRE(loaded.problems.size() == 1);
  return loaded.problems[0].where + ": " + loaded.problems[0].message;
}

const std::string kWhole = calls_file(R"({"pay": {"request": {"type": "string"}, "answer": {"type": "integer"},
    "errors": {"broke": {"type": "integer"}, "closed": true}, "access": ["role:staff"], "idempotent": true, "timeout": "5s",
    "rateLimit": {"maxEvents": 2, "window": "1s"}, "description": "Pays.", "$comment": "c"}, "ping": {}})",
                                      R"({"follow": {"request": {"type": "string"}, "items": {"type": "string"}},
    "chat": {"items": true, "writes": {"type": "string"}}})");

}  // namespace

TEST_CASE("every member of calls and streams is read") {
  const Definitions definitions = definitions_of(kWhole);
  REQUIRE(definitions.calls.size() == 4);
  const CallDefinition& pay = definitions.calls[0];
  CHECK(pay.kind == CallKind::call);
  CHECK(pay.is_idempotent);
  CHECK(pay.timeout_ms == 5'000);
  CHECK(pay.access == Grants{"role:staff"});
  REQUIRE(pay.rate_limit.has_value());
  CHECK(pay.rate_limit->max_events == 2);
  CHECK(pay.description == "Pays.");
  REQUIRE(pay.errors.size() == 2);
  CHECK(pay.errors[0].code == "broke");
  CHECK(definitions.schemas.nodes[definitions.calls[1].request].types == kNull);
  CHECK(definitions.calls[2].kind == CallKind::stream);
  CHECK(definitions.calls[3].kind == CallKind::duplex);
}

TEST_CASE("the catalogue has the values of calls, apart from events") {
  const std::vector<std::uint8_t> bytes = make_catalogue(definitions_of(kWhole)).bytes;
  const CatalogueView catalogue = CatalogueView::parse(bytes).value();
  for (const std::string_view name : {"pay", "pay~answer", "pay~error.broke", "pay~error.closed", "ping", "ping~answer", "follow",
                                      "follow~answer", "chat~write"}) {
    INFO(name);
    const auto entry = catalogue.find_entry(name);
    REQUIRE(entry.has_value());
    CHECK_FALSE(catalogue.is_event(*entry));
    CHECK_FALSE(catalogue.find_event(name).has_value());
  }
  CHECK(catalogue.find_event("message").has_value());
  CHECK_FALSE(catalogue.find_entry("follow~write").has_value());
  CHECK(catalogue.event(catalogue.find_entry("pay").value()).latest_key == "idempotent");
  CHECK(catalogue.event(catalogue.find_entry("chat").value()).latest_key == "duplex");
}

TEST_CASE("the generated module has the calls' types") {
  const Definitions definitions = definitions_of(kWhole);
  const std::string module = typescript_module(definitions, make_catalogue(definitions).bytes, "app.json");
  for (const std::string_view part :
       {"export const app: DialogueApp<Events, Rooms, Calls> = {", "  \"chat\": {\n    kind: \"duplex\";",
        "    write: ", "broke: ", "    request: null;", "Pays."}) {
    INFO(module);
    CHECK(module.find(part) != std::string::npos);
  }
}

TEST_CASE("calls that cannot be are refused where they are defined") {
  CHECK(call_refusal(calls_file("[]")) == "/calls: An object from call name to definition is expected.");
  CHECK(call_refusal(calls_file(R"({"a~b": {}})")) == "/calls/a~0b: the call's name is not valid.");
  CHECK(call_refusal(calls_file(R"({"dialogue.x": {}})")) == "/calls/dialogue.x: the call's name is not valid.");
  CHECK(call_refusal(calls_file(R"({"message": {}})")) == "/calls/message: the name is that of another event, call or stream.");
  CHECK(call_refusal(calls_file(R"({"a": {}})", R"({"a": {"items": true}})")) ==
        "/streams/a: the name is that of another event, call or stream.");
  CHECK(call_refusal(calls_file("{}", R"({"a": {}})")) == "/streams/a: `items` is missing.");
  CHECK(call_refusal(calls_file(R"({"a": {"items": true}})")).starts_with("/calls/a/items: "));
  CHECK(call_refusal(calls_file("{}", R"({"a": {"items": true, "idempotent": true}})")).starts_with("/streams/a/idempotent: "));
  CHECK(call_refusal(calls_file(R"({"a": {"errors": {"Out": true}}})")) == "/calls/a/errors/Out: the error code is not valid.");
  CHECK(call_refusal(calls_file(R"({"a": {"errors": ["out"]}})")).starts_with("/calls/a/errors: "));
  CHECK(call_refusal(calls_file(R"({"a": {"timeout": "11m"}})")) ==
        "/calls/a/timeout: A timeout is at least 1 ms and at most 10 minutes.");
  CHECK(call_refusal(calls_file(R"({"a": {"access": ["token"]}})")) == "/calls/a/access: \"token\" is a grant of rooms.");
  CHECK(call_refusal(calls_file(R"({"a": {"access": ["staff"]}})")).starts_with("/calls/a/access/0: "));
}

TEST_CASE("a change of what a call carries is judged as one of an event") {
  CHECK(is_breaking(compare_definitions(definitions_of(calls_file(R"({"a": {}})")), definitions_of(calls_file("{}")))));
  CHECK(is_breaking(compare_definitions(definitions_of(calls_file(R"({"a": {"request": {"type": "string"}}})")),
                                        definitions_of(calls_file(R"({"a": {"request": {"type": "integer"}}})")))));
}
