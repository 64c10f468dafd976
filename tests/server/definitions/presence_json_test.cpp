// The states of presence in app.json, what becomes of them in the catalogue and in TypeScript, and what is refused.
#include <catch2/catch.hpp>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/definitions_json.hpp"
#include "server/definitions/output/typescript.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/define/define.hpp"
#include "tests/server/definitions/definition_files.hpp"

namespace {
struct DefinedCursor {
  int x = 0;
};
}  // namespace

template <>
inline constexpr auto dialogue::describe<DefinedCursor> = dialogue::fields(dialogue::field<&DefinedCursor::x>("x"));

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

std::string presence_file(std::string_view presence, std::string_view room = "doc-{id}") {
  return R"({"events": {}, "rooms": {")" + std::string(room) + R"(": {"events": [], "presence": )" + std::string(presence) +
         "}}}";
}

std::string presence_refusal(const std::string& text) {
  const LoadResult loaded = load_definitions(text);
  REQUIRE(loaded.problems.size() == 1);
  return loaded.problems[0].message;
}

constexpr std::string_view kPresence =
    R"({"state": {"type": "integer"}, "rate": 20, "grace": "2s", "merge": "sessions", "$comment": "c"})";

}  // namespace

TEST_CASE("every member of presence is read, and has its default") {
  const Definitions whole = definitions_of(presence_file(kPresence));
  REQUIRE(whole.rooms[0].states.has_value());
  CHECK(whole.rooms[0].sends_presence);
  CHECK(whole.rooms[0].states->rate == 20);
  CHECK(whole.rooms[0].states->grace_ms == 2000);
  CHECK(whole.rooms[0].states->keeps_sessions);
  const Definitions least = definitions_of(presence_file(R"({"state": true})"));
  CHECK(least.rooms[0].states->rate == 10);
  CHECK(least.rooms[0].states->grace_ms == 15'000);
  CHECK_FALSE(least.rooms[0].states->keeps_sessions);
  CHECK_FALSE(definitions_of(presence_file("false")).rooms[0].sends_presence);
  CHECK_FALSE(definitions_of(presence_file("true")).rooms[0].states.has_value());
}

TEST_CASE("what presence cannot be is refused") {
  CHECK(presence_refusal(presence_file("{}")) == "`state` is missing.");
  CHECK(presence_refusal(presence_file("5")).find("`presence` is true, false, or an object") == 0);
  CHECK(presence_refusal(presence_file(R"({"state": true, "rate": 51})")) == "A rate is at most 50 reports a second.");
  CHECK(presence_refusal(presence_file(R"({"state": true, "grace": "6m"})")) == "A grace is at most 5 minutes.");
  CHECK_FALSE(load_definitions(presence_file(R"({"state": true, "rate": 0})")).problems.empty());
  CHECK_FALSE(load_definitions(presence_file(R"({"state": true, "merge": "first"})")).problems.empty());
  CHECK_FALSE(load_definitions(presence_file(R"({"state": true, "fast": true})")).problems.empty());
  const std::string longest(kNameBytesMax - kStateEntry.size(), 'a');
  CHECK(load_definitions(presence_file(R"({"state": true})", longest)).problems.empty());
  CHECK_FALSE(load_definitions(presence_file(R"({"state": true})", longest + 'a')).problems.empty());
}

TEST_CASE("the catalogue has the states apart from events, and C++ makes the same one") {
  const std::vector<std::uint8_t> bytes = make_catalogue(definitions_of(presence_file(kPresence))).bytes;
  const CatalogueView catalogue = CatalogueView::parse(bytes).value();
  const auto entry = catalogue.find_entry("doc-~~presence");
  REQUIRE(entry.has_value());
  CHECK_FALSE(catalogue.is_event(*entry));
  CHECK_FALSE(catalogue.find_event("doc-~~presence").has_value());

  constexpr auto kEdit = define_event<DefinedCursor>("edit");
  constexpr auto kRoom = define_room("doc-{id}", {}, kEdit);
  constexpr auto kCursors = define_presence<DefinedCursor>(kRoom, {.rate = 20, .grace = "2s", .sessions = true});
  const Definitions made = make_definitions(define_app(kCursors, kRoom));
  REQUIRE(made.rooms[0].states.has_value());
  CHECK(made.rooms[0].states->rate == 20);
  CHECK(made.rooms[0].states->grace_ms == 2000);
  CHECK(made.rooms[0].states->keeps_sessions);
  CHECK(made.rooms[0].states->schema == made.events[0].schema);
}

TEST_CASE("the generated module carries the types of states") {
  const Definitions definitions = definitions_of(presence_file(R"({"state": {"type": "string"}})"));
  const std::string text = typescript_module(definitions, make_catalogue(definitions).bytes, {});
  CHECK(text.find("import type { DialogueApp, PresenceStates } from \"dialogue-client\";") != std::string::npos);
  CHECK(text.find("/** The state of a session in \"doc-*\". */\nexport type DocPresence = string;") != std::string::npos);
  CHECK(text.find("export interface Events extends PresenceStates<{ \"doc-{id}\": DocPresence }> {") != std::string::npos);
}

TEST_CASE("the generated module marks the rooms whose watchers receive the states of all sessions") {
  const Definitions definitions = definitions_of(presence_file(R"({"state": {"type": "string"}, "merge": "sessions"})"));
  const std::string text = typescript_module(definitions, make_catalogue(definitions).bytes, {});
  CHECK(text.find("import type { BySession, DialogueApp, PresenceStates } from \"dialogue-client\";") != std::string::npos);
  CHECK(text.find("extends PresenceStates<{ \"doc-{id}\": BySession<DocPresence> }> {") != std::string::npos);
}

TEST_CASE("states are compared by what they accept, and what watchers receive") {
  const auto impact = [](std::string_view before, std::string_view after) {
    const auto changes = compare_definitions(definitions_of(presence_file(before)), definitions_of(presence_file(after)));
    REQUIRE_FALSE(changes.empty());
    return changes[0].impact;
  };
  CHECK(impact(R"({"state": true})", R"({"state": true, "rate": 5})") == Impact::harmless);
  CHECK(impact(R"({"state": true})", R"({"state": true, "merge": "sessions"})") == Impact::breaks_readers);
  CHECK(impact(R"({"state": {"type": "number"}})", R"({"state": {"type": "integer"}})") != Impact::harmless);
  CHECK(impact("true", R"({"state": true})") == Impact::harmless);
}
