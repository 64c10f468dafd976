// app.json -> definitions: everything it can say, and everything that is refused with line and column.
#include "server/definitions/definitions_json.hpp"

#include <catch2/catch.hpp>

#include "shared/base/duration.hpp"
#include "tests/shared/support/whole_room.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

/// A file with one event "message" and what else a test wants to say.
std::string file(std::string_view room, std::string_view rest = "") {
  return R"({"events": {"message": {"schema": true}, "other": {"schema": {}}}, "rooms": {"chat": )" + std::string(room) + "}" +
         std::string(rest) + "}";
}

LoadResult load(const std::string& text) {
  LoadResult result = load_definitions(text);
  for (const std::string& line : result.lines()) UNSCOPED_INFO(line);
  return result;
}

Diagnostic refused(const std::string& text) {
  const LoadResult result = load(text);
  REQUIRE(result.problems.size() == 1);
  return result.problems[0];
}

TEST_CASE("every member of app.json is read") {
  const LoadResult result = load(R"({
    "$schema": "./dialogue.schema.json", "$comment": "c", "description": "d",
    "events": {
      "message": {"schema": {"type": "object", "properties": {"user": {"type": "string"}}, "required": ["user"]},
        "description": "said", "delivery": "reliable"},
      "typing": {"schema": true, "delivery": "volatile"},
      "cursor": {"schema": {"$ref": "#/$defs/c", "$defs": {"c": {"type": "object",
        "properties": {"user": {"type": "string"}}, "required": ["user"]}}}, "delivery": {"latest": "user"}},
      "topic": {"schema": {"description": "the topic"}, "delivery": "latest"},
      "log": {"schema": {}, "delivery": {"window": {"maxEvents": 10, "maxAge": "1m"}}}},
    "rooms": {
      "chat": {"events": ["message", "typing"], "presence": false},
      "game-{id}": {"events": []}},
    "rateLimit": {"global": {"maxEvents": 100, "window": "1m"}, "perRoom": {"chat": {"maxEvents": 10, "window": "500ms"},
        "game-7": {"maxEvents": 1, "window": "12h"}}}})");
  REQUIRE(result.ok());
  const Definitions& d = result.definitions;
  REQUIRE(d.events.size() == 5);
  CHECK(d.events[0].description == "said");
  CHECK(d.events[1].delivery == Delivery::volatile_);
  CHECK(d.events[2].delivery == Delivery::latest);
  CHECK(d.events[2].latest_key == "user");
  CHECK(d.events[3].delivery == Delivery::latest);
  CHECK(d.events[3].latest_key.empty());
  CHECK(d.events[3].description == "the topic");
  CHECK(d.events[4].window_events == 10u);
  CHECK(d.events[4].window_age_ms == 60'000u);
  REQUIRE(d.rooms.size() == 2);
  const RoomDefinition& chat = d.rooms[0];
  CHECK(chat.id == "chat");
  CHECK(chat.events == std::vector<std::string>{"message", "typing"});
  CHECK_FALSE(chat.sends_presence);
  CHECK(d.rooms[1].sends_presence);
  CHECK(d.rooms[1].events.empty());
  CHECK(d.rooms[1].retention.max_events == 100u);
  CHECK(d.rooms[1].retention.max_age_ms == 600'000u);
  CHECK(d.rate_limit_global->max_events == 100);
  CHECK(d.rate_limit_per_room.at("chat").window_ms == 500);
  CHECK(d.rate_limit_per_room.at("game-7").window_ms == 43'200'000);
}

TEST_CASE("every member of a room in app.json is read") {
  RoomDefinition room = whole_room();
  // With states, presence is on; a list of grants and grants of single events exclude each other.
  room.sends_presence = true;
  room.access.publish.reset();
  const LoadResult result = load(R"({"events": {"message": {"schema": true}, "note": {"schema": true}}, "rooms": {"den": {
    "name": "D\u00e9n \"1\"", "description": "a\nb", "maxSize": 7, "events": ["message", "note"],
    "defaultSubscriptions": ["note"], "retention": {"maxEvents": 20, "maxAge": "5s"}, "durability": "memory",
    "presence": {"state": {"type": "object"}, "rate": 20, "grace": "2s", "merge": "sessions"},
    "access": {"join": ["user:ann", "role:staff"], "publish": {"note": ["*"]}, "history": ["token"], "presence": ["*"],
      "manage": []},
    "channels": ["websocket"],
    "middleware": [{"use": "contentFilter", "blocklist": ["darn"], "replacement": "*"},
      {"use": "requiredRole", "role": "staff"}, {"use": "sizeGuard", "maxBytes": 2000}]}}})");
  REQUIRE(result.ok());
  REQUIRE(result.definitions.rooms.size() == 1);
  room.states->schema = result.definitions.rooms[0].states->schema;
  CHECK(result.definitions.schemas.nodes[room.states->schema].types == kObject);
  CHECK(members(result.definitions.rooms[0]) == members(room));
}

TEST_CASE("a retention's missing member is unbounded") {
  const LoadResult result = load(file(R"({"events": [], "retention": {"maxAge": "1h"}})"));
  REQUIRE(result.ok());
  CHECK_FALSE(result.definitions.rooms[0].retention.max_events);
  CHECK(result.definitions.rooms[0].retention.max_age_ms == 3'600'000u);
}

TEST_CASE("rooms may be a list with ids") {
  const LoadResult result = load(R"({"events": {}, "rooms": [{"id": "a", "events": []}, {"id": "{room}", "events": []}]})");
  REQUIRE(result.ok());
  CHECK(result.definitions.rooms[1].id == "{room}");
  CHECK(refused(R"({"events": {}, "rooms": [{"events": []}]})").message == "A room of a list has a string `id`.");
  CHECK(refused(R"({"events": {}, "rooms": [{"id": "a", "events": []}, {"id": "a", "events": []}]})").where == "/rooms/1/id");
}

TEST_CASE("an unknown key is refused with a suggestion") {
  const Diagnostic problem = refused("{\"events\": {},\n \"rooms\": {\"chat\": {\"events\": [], \"maxsize\": 4}}}");
  CHECK(problem.place.line == 2);
  CHECK(problem.place.column == 35);
  CHECK(problem.where == "/rooms/chat/maxsize");
  CHECK(problem.message == "`maxsize` is not a key of a room.");
  CHECK(problem.hint == "Did you mean `maxSize`?");
  CHECK(format_problem(problem, "app.json") ==
        "app.json:2:35: /rooms/chat/maxsize: `maxsize` is not a key of a room. Did you mean `maxSize`?");
  CHECK(refused(R"({"events": {"a": {"schema": true, "payload": 1}}})").hint ==
        "Known here: schema, delivery, filterable, document, push, description, $comment.");
  CHECK(refused(R"({"event": {}, "events": {}})").hint == "Did you mean `events`?");
}

TEST_CASE("an event needs its schema, a room its events") {
  CHECK(refused(R"({"events": {"a": {}}})").hint == "Write \"schema\": true to allow any JSON.");
  CHECK(refused(file("{}")).hint == "Write \"events\": [] for a room that allows none.");
  CHECK(refused("{}").message == "`events` is missing.");
}

TEST_CASE("F-K22 an unknown channel is refused at its place") {
  const Diagnostic pigeon = refused(file(R"({"events": [], "channels": ["websocket", "pigeon"]})"));
  CHECK(pigeon.where == "/rooms/chat/channels/1");
  CHECK(pigeon.message == "\"websocket\" or \"sse\" or \"stream\" or \"polling\" or \"tcp\" or \"socketio\" is expected.");
}

TEST_CASE("an event lists the properties by which it may be filtered") {
  const auto event = [](const char* schema, const char* filterable) {
    return R"({"events": {"order": {"schema": )" + std::string(schema) + R"(, "filterable": )" + filterable + "}}}";
  };
  const char* const nested =
      R"({"type": "object", "properties": {"region": {"type": "string"}, "by": {"type": "object", "properties": {"id": true}}}})";
  CHECK(load(event(nested, R"(["region", "by.id"])")).definitions.events.front().filterable ==
        std::vector<std::string>{"region", "by.id"});
  CHECK(load(event("true", R"(["anything.at.all"])")).definitions.events.front().filterable.size() == 1);
  CHECK(load(R"({"events": {"order": {"schema": true}}})").definitions.events.front().filterable.empty());
  const Diagnostic unknown = refused(event(nested, R"(["region", "by.name"])"));
  CHECK(unknown.where == "/events/order/filterable/1");
  CHECK(unknown.message == "\"by.name\" is not a property of the payload.");
  CHECK(refused(event(nested, R"(["region.id"])")).message == "\"region.id\" is not a property of the payload.");
  CHECK(refused(event("true", R"(["a.b.c.d.e"])")).message == "A filterable property is at most 4 levels deep.");
  CHECK(refused(event("true", R"(["a", "b", "a"])")).where == "/events/order/filterable/2");
  std::string many = "[";
  for (int i = 0; i < 17; ++i) many += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + '"';
  CHECK(refused(event("true", (many + ']').c_str())).message == "An event has at most 16 filterable properties.");
}

TEST_CASE("names of the server's own events in push streams are reserved") {
  const Diagnostic reserved = refused(R"({"events": {"dialogue.open": {"schema": true}}})");
  CHECK(reserved.where == "/events/dialogue.open");
  CHECK(reserved.message == "event names that begin with \"dialogue.\" are the server's own.");
  CHECK(load(R"({"events": {"dialogue": {"schema": true}, "dialogues.open": {"schema": true}}})").definitions.events.size() == 2);
}

TEST_CASE("names are checked at their places") {
  for (const char* name : {"", "a b", "__proto__", "a..b", "caf\xC3\xA9"}) {
    INFO(name);
    CHECK(refused("{\"events\": {\"" + std::string(name) + "\": {\"schema\": true}}}").message == "the event name is not valid.");
    CHECK(refused("{\"events\": {}, \"rooms\": {\"" + std::string(name) + "\": {\"events\": []}}}").message ==
          "the room id is not valid.");
  }
  CHECK(refused(R"({"events": {}, "rooms": {"{a}-{b}": {"events": []}}})").message == "the room id is not valid.");
  CHECK(refused(R"({"events": {}, "rooms": {"game-{a}": {"events": []}, "game-{b}": {"events": []}}})").message ==
        "the room game-{a} matches the same ids.");
  CHECK(refused(file(R"({"events": ["mesage"]})")).hint == "Did you mean `message`?");
  CHECK(refused(file(R"({"events": ["message"], "defaultSubscriptions": ["other"]})")).where ==
        "/rooms/chat/defaultSubscriptions/0");
}

TEST_CASE("values of the wrong form are refused") {
  for (const char* room : {R"({"events": "message"})",
                           R"({"events": [1]})",
                           R"({"events": ["message", "message"]})",
                           R"({"events": [], "maxSize": 0})",
                           R"({"events": [], "maxSize": "4"})",
                           R"({"events": [], "name": 1})",
                           R"({"events": [], "retention": {"maxAge": 7}})",
                           R"({"events": [], "retention": {"maxAge": "7w"}})",
                           R"({"events": [], "retention": {"maxEvents": -1}})",
                           R"({"events": [], "retention": 5})",
                           R"({"events": [], "durability": "disk"})",
                           R"({"events": [], "presence": "none"})",
                           R"({"events": [], "access": {"join": "*"}})",
                           R"({"events": [], "access": {"join": ["staff"]}})",
                           R"({"events": [], "access": {"join": ["role:"]}})",
                           R"({"events": [], "access": {"publish": {"message": ["*"]}}})",
                           R"({"events": [], "access": {"read": []}})",
                           R"({"events": [], "channels": ["udp"]})",
                           R"({"events": [], "id": "chat"})",
                           "[]"}) {
    INFO(room);
    CHECK(load(file(room)).problems.size() == 1);
  }
  for (const char* rest :
       {R"(, "rateLimit": {"global": {"maxEvents": 1}})", R"(, "rateLimit": {"global": {"maxEvents": 0, "window": "1s"}})",
        R"(, "rateLimit": {"perRoom": {"chta": {"maxEvents": 1, "window": "1s"}}})", R"(, "rateLimit": [])",
        R"(, "rateLimit": {"perRoom": 1})", R"(, "clientLimits": 5)", R"(, "clientLimits": {"bytesPerSecond": 1.5})",
        R"(, "middleware": [{"use": "contentFilter"}])", R"(, "middleware": [{"use": "contentFilter", "blocklist": ["(a"]}])",
        R"(, "middleware": [{"use": "redact", "fields": "email"}])", R"(, "middleware": ["logger"])"}) {
    INFO(rest);
    CHECK(load(file(R"({"events": []})", rest)).problems.size() == 1);
  }
  for (const char* delivery : {R"("sometimes")", "{}", R"({"latest": "a", "window": {"maxEvents": 1}})", R"({"window": {}})",
                               R"({"window": {"maxEvents": 0}})", R"({"latest": "missing"})", "5"}) {
    INFO(delivery);
    CHECK(
        load(R"({"events": {"a": {"schema": {"type": "object"}, "delivery": )" + std::string(delivery) + "}}}").problems.size() ==
        1);
  }
}

TEST_CASE("the key of latest is a required plain property") {
  const auto event = [](std::string_view schema) {
    return R"({"events": {"a": {"schema": )" + std::string(schema) + R"(, "delivery": {"latest": "k"}}}})";
  };
  CHECK(load(event(R"({"type": "object", "properties": {"k": {"type": ["string", "integer"]}}, "required": ["k"]})")).ok());
  CHECK_FALSE(load(event(R"({"type": "object", "properties": {"k": {"type": ["string", "null"]}}, "required": ["k"]})")).ok());
  CHECK_FALSE(load(event(R"({"type": "object", "properties": {"k": {"type": "string"}}})")).ok());
  CHECK_FALSE(load(event(R"({"type": "object", "properties": {"k": {"type": "object"}}, "required": ["k"]})")).ok());
  CHECK_FALSE(load(event(R"({"properties": {"k": {"type": "string"}}, "required": ["k"]})")).ok());
  CHECK_FALSE(load(event("true")).ok());
}

TEST_CASE("problems are listed in the order of the text, together and up to a bound") {
  const LoadResult result =
      load_definitions("{\n\"rooms\": {\"b c\": {\"events\": []}},\n\"events\": {\"a\": {},\n\"b\": {}}}", "x.json");
  REQUIRE(result.problems.size() == 3);
  CHECK(result.problems[0].place.line == 2);
  CHECK(result.problems[1].place.line == 3);
  CHECK(result.problems[2].place.line == 4);
  CHECK(result.lines()[0].rfind("x.json:2:11: ", 0) == 0);
  std::string many = "{\"events\": {\"first\": {\"schema\": true}";
  for (int i = 0; i < 200; ++i) many += ", \"e" + std::to_string(i) + "\": {}";
  CHECK(load_definitions(many + "}}").problems.size() == kDefinitionProblemsMax);
}

TEST_CASE("faults of the whole catalogue are reported at the event") {
  const Diagnostic problem =
      refused("{\"events\": {\n  \"fine\": {\"schema\": true},\n  \"wide\": {\"schema\": {\"minProperties\": 5000}}}}");
  CHECK(problem.place.line == 3);
  CHECK(problem.place.column == 3);
  CHECK(problem.where == "event wide");
}

TEST_CASE("a broken file is one problem with its place") {
  CHECK(refused("{\"events\": {},\n}").place.line == 2);
  CHECK(refused("{\"events\": {}, \"events\": {}}").message == "the key is given twice");
  CHECK(refused("[]").message == "a definition file is an object.");
  CHECK(load_definitions(std::string(kDefinitionBytesMax + 1, ' ')).problems.size() == 1);
}

TEST_CASE("durations have a unit") {
  CHECK(parse_duration_ms("500ms") == 500u);
  CHECK(parse_duration_ms("1s") == 1'000u);
  CHECK(parse_duration_ms("1m") == 60'000u);
  CHECK(parse_duration_ms("12h") == 43'200'000u);
  CHECK(parse_duration_ms("7d") == 604'800'000u);
  for (const char* text :
       {"", "5", "s", "0s", "00001s", "01m", "-1s", "1.5s", "1 s", "1S", "1w", "99999999999999999999s", "9007199254740991d"}) {
    INFO(text);
    CHECK_FALSE(parse_duration_ms(text));
  }
}

}  // namespace
