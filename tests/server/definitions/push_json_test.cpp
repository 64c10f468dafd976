// The "push" of an event in app.json, and the texts of its notifications.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>

#include "server/definitions/definitions_json.hpp"
#include "server/definitions/source/push_template.hpp"

namespace dialogue::definitions {
namespace {

constexpr const char* kSchema =
    R"("schema": {"type": "object", "properties": {"text": {"type": "string"}, "assignee": {"type": "string"},
    "customer": {"type": "object", "properties": {"name": {"type": "string"}}}}})";

LoadResult load_push(const std::string& push) {
  return load_definitions(std::string(R"({"events": {"task": {)") + kSchema + R"(, "push": )" + push + "}}}", "app.json");
}

std::string problem_of_push(const std::string& push) {
  const LoadResult loaded = load_push(push);
  return loaded.ok() ? "" : loaded.lines().front();
}

std::string rendered(const std::string& text, const PushFacts& facts) {
  return render(std::get<PushTemplate>(parse_push_template(text)), facts);
}

constexpr PushFacts kFacts{"chat:7", "task", "bob",
                           R"({"text":"Grüße \"an\" alle","n":12.5,"is":true,"a":{"b":"deep"},"list":[1]})", 42};

}  // namespace

TEST_CASE("a rule has whom, when and what") {
  const LoadResult loaded = load_push(
      R"({"to": "user:{data.assignee}", "when": "always", "delay": "15s", "ttl": "1d", "urgency": "high", "collapse": "{room}",
      "title": "{from} in {room}", "body": "{data.customer.name|90}", "url": "/rooms/{room}#{seq}"})");
  REQUIRE(loaded.ok());
  const PushRule& rule = loaded.definitions.events.front().push;
  CHECK(rule.is_set());
  CHECK(rule.to == "assignee");
  CHECK_FALSE(rule.only_offline);
  CHECK(rule.delay_ms == 15'000);
  CHECK(rule.ttl_ms == 86'400'000);
  CHECK(rule.urgency == "high");
  CHECK(rule.url == "/rooms/{room}#{seq}");
  const LoadResult least = load_push(R"({"to": "user:{data.assignee}", "title": "Hello"})");
  REQUIRE(least.ok());
  CHECK(least.definitions.events.front().push.only_offline);
  CHECK(least.definitions.events.front().push.delay_ms == 0);
}

TEST_CASE("what a rule cannot be is refused, with the place and a remedy") {
  const auto [push, problem] = GENERATE(
      std::pair{R"({"title": "x"})", "`to` is missing."}, std::pair{R"({"to": "user:{data.assignee}"})", "`title` is missing."},
      std::pair{R"({"to": "members", "title": "x"})", "does not name users"},
      std::pair{R"({"to": "user:{data.owner}", "title": "x"})", "\"owner\" is not a property of the payload"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "{data.txt}"})", "\"txt\" is not a property of the payload"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "{data.customer.age}"})", "\"customer.age\" is not a property"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "{form}"})", "\"{form}\" is not a placeholder"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "{from"})", "a brace is not closed"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "{from|0}"})", "has no length"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "url": "https://evil.example/"})",
                "a path on the page's own origin"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "when": "away"})", "\"offline\" or \"always\""},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "delay": "2d"})", "longer than a day"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "ttl": "29d"})", "longer than 28 days"},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "urgency": "urgent"})", "\"very-low\""},
      std::pair{R"({"to": "user:{data.assignee}", "title": "x", "tittle": "x"})", "tittle"},
      std::pair{R"({"to": 7, "title": "x"})", "string"}, std::pair{R"([])", "object"});
  const std::string found = problem_of_push(push);
  INFO(push << ": " << found);
  CHECK(found.find(problem) != std::string::npos);
  CHECK(found.starts_with("app.json:"));
}

TEST_CASE("placeholders stand for what the publication has") {
  CHECK(rendered("{from} in {room}: {data.text}", kFacts) == "bob in chat:7: Grüße \"an\" alle");
  CHECK(rendered("#{seq} {event} {data.n} {data.is} {data.a.b}", kFacts) == "#42 task 12.5 true deep");
  CHECK(rendered("{{from} }", kFacts) == "{from} }");
  CHECK(rendered("[{data.none}{data.list}{data.a}{data.text.x}]", kFacts) == "[]");
  CHECK(rendered("", kFacts).empty());
}

TEST_CASE("what stands for a placeholder is cut between characters, with a mark") {
  CHECK(rendered("{data.text|5}", kFacts) == "Grüß…");
  CHECK(rendered("{data.text|14}", kFacts) == "Grüße \"an\" al…");
  CHECK(rendered("{data.text|15}", kFacts) == "Grüße \"an\" alle");
  CHECK(rendered("{from|1}", kFacts) == "…");
  const std::string room(500, 'r');
  const PushFacts long_room{room, "e", "f", "{}", 1};
  CHECK(rendered("{room}", long_room) == std::string(199, 'r') + "…");
}

TEST_CASE("F-Y1 templates and recipients are found beside U+0000, and texts are whole") {
  const std::string data = R"({"\u0000":1,"text":"a\u0000b","to":["\u0000","ann"]})";
  CHECK(rendered("{data.text}", PushFacts{"r", "e", "f", data, 1}) == std::string("a\0b", 3));
  CHECK(texts_at(data, "to") == std::vector<std::string>{std::string(1, '\0'), "ann"});
}

TEST_CASE("users are a text or an array of texts") {
  CHECK(texts_at(R"({"to":"ann"})", "to") == std::vector<std::string>{"ann"});
  CHECK(texts_at(R"({"a":{"to":["ann",7,"bob",null]}})", "a.to") == std::vector<std::string>{"ann", "bob"});
  for (const char* json : {R"({"to":7})", R"({"to":null})", R"({})", R"([])", R"("ann")", R"({"to":{"x":1}})"})
    CHECK(texts_at(json, "to").empty());
}

}  // namespace dialogue::definitions
