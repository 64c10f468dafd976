// Pairs of definitions, and who breaks: what `dialogue check --against` must find, and what it must not. Each row says why.
#include <catch2/catch.hpp>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/compatibility/served_rooms.hpp"
#include "server/definitions/definitions_json.hpp"
#include "tests/server/definitions/definition_files.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

/// "p" when old publishers break, "r" when readers do, "pr" for both, "" for nobody.
std::string broken(const std::vector<Change>& changes) {
  bool publishers = false, readers = false;
  for (const Change& change : changes) {
    UNSCOPED_INFO(format_change(change));
    publishers |= change.impact == Impact::breaks_both || change.impact == Impact::breaks_publishers;
    readers |= change.impact == Impact::breaks_both || change.impact == Impact::breaks_readers;
  }
  return std::string(publishers ? "p" : "") + (readers ? "r" : "");
}

struct Pair {
  const char *before, *after, *breaks, *why;
};

/// Payload schemas of one event.
const Pair kSchemas[] = {
    // The findings.
    {R"({"exclusiveMinimum": 0})", R"({"minimum": 0})", "", "F-D10: one more value"},
    {R"({"minimum": 0})", R"({"exclusiveMinimum": 0})", "p", "0 is refused now"},
    {R"({"type": "number", "multipleOf": 0.3})", R"({"type": "number", "multipleOf": 0.1})", "", "F-D10: 0.3 is 3 times 0.1"},
    {R"({"type": "number", "multipleOf": 0.1})", R"({"type": "number", "multipleOf": 0.3})", "p", "0.1 is refused now"},
    {R"({"enum": [1, 2]})", R"({"enum": [1.0, 2.0]})", "", "F-D10: the same numbers"},
    {R"({"enum": [true, false]})", R"({"type": "boolean"})", "", "F-D10: the same values"},
    {R"({"type": "boolean"})", R"({"enum": [true, false]})", "", "the same values"},
    {R"({"type": "object", "properties": {"a": {"type": "string"}}})", R"({"type": "object"})", "r",
     "F-D09: any value is now allowed at `a`"},
    // Numbers.
    {R"({"type": "integer", "exclusiveMinimum": 0})", R"({"type": "integer", "minimum": 1})", "", "the same whole numbers"},
    {R"({"type": "integer", "minimum": 0.5})", R"({"type": "integer", "minimum": 1})", "", "the same whole numbers"},
    {R"({"type": "integer", "maximum": 9.5})", R"({"type": "integer", "exclusiveMaximum": 10})", "", "the same whole numbers"},
    {R"({"type": "integer", "minimum": 1})", R"({"type": "integer", "exclusiveMinimum": 1})", "p", "1 is refused now"},
    {R"({"minimum": 5, "exclusiveMinimum": 1})", R"({"minimum": 5})", "", "5 was the stricter bound"},
    {R"({"minimum": 1, "exclusiveMinimum": 5})", R"({"minimum": 5})", "", "one more value"},
    {R"({"maximum": 5})", R"({"maximum": 5, "exclusiveMaximum": 9})", "", "the new bound is looser than the old one"},
    {R"({"type": "number", "multipleOf": 1})", R"({"type": "integer"})", "", "the same numbers"},
    {R"({"type": "integer"})", R"({"type": "number", "multipleOf": 1})", "", "the same numbers"},
    {R"({"type": "integer"})", R"({"type": "integer", "multipleOf": 0.5})", "", "every whole number is a multiple of 0.5"},
    {R"({"type": "integer", "multipleOf": 1.5})", R"({"type": "integer", "multipleOf": 3})", "", "whole multiples of 1.5"},
    {R"({"type": "integer", "multipleOf": 2})", R"({"type": "integer", "multipleOf": 3})", "p", "2 is refused now"},
    {R"({"type": "integer"})", R"({"type": "number"})", "r", "readers get fractions"},
    {R"({"type": "number"})", R"({"type": "integer"})", "pr", "fractions are refused, and stored"},
    {R"({"type": "integer", "minimum": 1, "maximum": 3})", R"({"enum": [1, 2, 3]})", "", "the same values"},
    {R"({"type": "integer", "minimum": 1, "maximum": 4})", R"({"enum": [1, 2, 3]})", "pr", "4 is gone"},
    {R"({"enum": [1, 2]})", R"({"type": "integer", "minimum": 1, "maximum": 3})", "r", "3 is new"},
    {R"({"enum": [1, 2]})", R"({"type": "integer", "minimum": 2})", "pr", "1 is gone, and the list"},
    // Strings.
    {R"({"enum": ["a", "b"]})", R"({"type": "string", "maxLength": 1})", "r", "the union of literals is gone"},
    {R"({"enum": ["a", "bb"]})", R"({"type": "string", "maxLength": 1})", "pr", "`bb` is too long now"},
    {R"({"enum": ["a", "bb"], "maxLength": 1})", R"({"const": "a"})", "", "`bb` never fitted"},
    {R"({"type": "string", "maxLength": 5})", R"({"type": "string", "maxLength": 100000})", "", "looser"},
    {R"({"type": "string"})", R"({"type": "string", "maxLength": 100000})", "", "no payload is as long as that"},
    {R"({"type": "string", "pattern": "^[a-z]+$"})", R"({"type": "string", "pattern": "^[a-z0-9]+$"})", "", "more characters"},
    {R"({"type": "string", "pattern": "^[a-z0-9]+$"})", R"({"type": "string", "pattern": "^[a-z]+$"})", "p", "digits are gone"},
    {R"({"type": "string", "pattern": "^[0-9]$"})", R"({"type": "string", "pattern": "^\\d$"})", "", "the same pattern"},
    {R"({"type": "string", "pattern": "^abc$"})", R"({"type": "string", "pattern": "b"})", "", "found in the middle"},
    {R"({"type": "string"})", R"({"type": "string", "pattern": ""})", "", "found everywhere"},
    {R"({"type": "string", "format": "uuid"})", R"({"type": "string"})", "", "looser"},
    {R"({"type": "string", "format": "uuid"})", R"({"type": "string", "format": "email"})", "p", "another form"},
    // Bytes.
    {R"({"type": "string", "format": "bytes", "maxBytes": 3})", R"({"type": "string", "format": "bytes", "maxBytes": 9})", "",
     "more bytes"},
    {R"({"type": "string", "format": "bytes", "maxBytes": 9})", R"({"type": "string", "format": "bytes", "maxBytes": 3})", "p",
     "fewer bytes"},
    {R"({"type": "string", "format": "bytes"})", R"({"type": "string", "format": "bytes", "minBytes": 1})", "p",
     "none is refused"},
    {R"({"type": "string"})", R"({"type": "string", "format": "bytes"})", "pr",
     "F-Y14: text is refused, and what is stored stays text"},
    {R"({"type": "string", "format": "bytes", "maxBytes": 4})", R"({"type": "string", "maxLength": 8})", "r",
     "4 bytes are 8 characters, which old readers decode"},
    {R"({"type": "string", "format": "bytes", "maxBytes": 4})", R"({"type": "string", "maxLength": 7})", "pr",
     "4 bytes are 8 characters"},
    {R"({"type": "string", "format": "bytes", "minBytes": 1})", R"({"type": "string", "minLength": 4})", "r",
     "1 byte is 4 characters"},
    // Arrays.
    {R"({"type": "array", "prefixItems": [{"type": "string"}], "items": false})",
     R"({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false})", "", "may be longer"},
    {R"({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false})",
     R"({"type": "array", "prefixItems": [{"type": "string"}], "items": false})", "p", "two items are too many now"},
    {R"({"type": "array", "maxItems": 1, "items": {"type": "string"}})",
     R"({"type": "array", "maxItems": 1, "prefixItems": [{"type": "string"}], "items": {"type": "null"}})", "",
     "a second item never stands"},
    {R"({"type": "array", "items": {"type": "string"}})",
     R"({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "string"}})", "", "the same items"},
    {R"({"type": "array", "uniqueItems": true})", R"({"type": "array", "uniqueItems": true, "maxItems": 1024})", "",
     "1024 is the bound of uniqueItems anyway"},
    {R"({"type": "array", "maxItems": 0})", R"({"type": "array", "items": false})", "", "both are empty"},
    // Objects.
    {R"({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false})",
     R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "null"}}, "additionalProperties": false})", "",
     "a new optional property of a closed object"},
    {R"({"type": "object", "properties": {"a": {"type": "string"}}})",
     R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "null"}}})", "pr",
     "of an open object: `b` may have been anything"},
    {R"({"type": "object"})", R"({"type": "object", "properties": {"b": true}})", "", "`b` is anything still"},
    {R"({"type": "object"})", R"({"type": "object", "properties": {"b": {"maxLength": 3}}})", "p", "`b` has a bound now"},
    {R"({"type": "object", "properties": {"a": true}})", R"({"type": "object"})", "", "`a` was anything"},
    {R"({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})", R"({"type": "object"})", "r",
     "readers rely on `a`"},
    {R"({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false})",
     R"({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false,
        "minProperties": 1, "maxProperties": 1})",
     "", "it has exactly one property anyway"},
    {R"({"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": false})",
     R"({"type": "object", "properties": {"a": {"type": "null"}, "b": false}, "additionalProperties": false})", "",
     "`b` is refused either way"},
    {R"({"type": "object", "additionalProperties": {"type": "integer"}})",
     R"({"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}, "additionalProperties": {"type": "integer"}})",
     "p", "`n` has a bound now"},
    {R"({"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}, "b": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {"type": "string"}}})",
     R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string", "maxLength": 3}}})", "p",
     "one of two uses changed"},
    // Variants.
    {R"({"oneOf": [{"type": "string"}, {"type": "null"}]})", R"({"type": ["string", "null"]})", "", "the same"},
    {R"({"type": ["string", "null"]})", R"({"oneOf": [{"enum": ["a"]}, {"type": "integer"}]})", "pr",
     "null and strings are gone"},
    {R"({"oneOf": [{"enum": ["a"]}, {"type": "integer"}]})", R"({"oneOf": [{"enum": ["a", "b"]}, {"type": "integer"}]})", "r",
     "`b` is new"},
    {R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}, {"type": "null"}]})",
     R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]},
                   {"type": "object", "properties": {"k": {"const": "b"}}, "required": ["k"]}, {"type": "null"}]})",
     "r", "a single variant gets company"},
    {R"({"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]})",
     R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}],
         "discriminator": {"propertyName": "k"}})",
     "", "the same in a list of one"},
    {R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}, "t": {"const": "x"}}, "required": ["k", "t"]},
                   {"type": "object", "properties": {"k": {"const": "b"}, "t": {"const": "y"}}, "required": ["k", "t"]}],
         "discriminator": {"propertyName": "k"}})",
     R"({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}, "t": {"const": "x"}}, "required": ["k", "t"]},
                   {"type": "object", "properties": {"k": {"const": "b"}, "t": {"const": "y"}}, "required": ["k", "t"]}],
         "discriminator": {"propertyName": "t"}})",
     "", "told apart by another property, with the same variants"},
    {"true", "false", "pr", "nothing fits any more"},
    {"false", "true", "r", "everything is new"},
};

/// Whole files with the events a and b.
const Pair kRooms[] = {
    // The findings.
    {R"("rooms": {"{room}": {"events": ["a", "b"]}})",
     R"("rooms": {"{room}": {"events": ["a", "b"]}, "vip-{id}": {"events": ["a"]}})", "pr", "F-D09: `b` is gone in vip rooms"},
    {R"("rooms": {"{room}": {"events": ["a"]}})", R"("rooms": {"{room}": {"events": ["a"]}, "vip-{id}": {"events": ["a", "b"]}})",
     "", "vip rooms allow more"},
    {R"("rooms": {"{room}": {"events": ["a"]}})", R"("rooms": {"{room}": {"events": ["a"]}, "lobby": {"events": []}})", "pr",
     "F-D09: an exact room beside a pattern"},
    {R"("rooms": {"r": {"events": ["a"]}})",
     R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"global": {"maxEvents": 1, "window": "1s"}})", "p",
     "F-D09: a new limit"},
    {R"("rooms": {"r": {"events": ["a"]}})",
     R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"perRoom": {"r": {"maxEvents": 1, "window": "1s"}}})", "p",
     "F-D09: of a room"},
    {R"("rooms": {"r": {"events": ["a"]}})", R"("rooms": {"r": {"events": ["a"]}}, "clientLimits": {"rooms": 1})", "pr",
     "F-D09: joins are refused"},
    {R"("rooms": {"r": {"events": ["a"]}})", R"("rooms": {"r": {"events": ["a"]}}, "clientLimits": {"bytesPerSecond": 1})", "p",
     "fewer bytes"},
    {R"("rooms": {"r": {"events": ["a"]}})", R"("rooms": {"r": {"events": ["a"], "access": {"publish": []}}})", "p",
     "F-D09: nobody publishes any more"},
    {R"("rooms": {"{room}": {"events": ["a"]}, "chat": {"events": ["a"]}})", R"("rooms": {"{room}": {"events": ["a"]}})", "",
     "F-D10: the pattern serves the room as it was"},
    {R"("rooms": {"g-{i}": {"events": ["a"]}})", R"("rooms": {"{i}": {"events": ["a"]}})", "",
     "F-D10: the wider pattern has all ids"},
    // More.
    {R"("rooms": {"{i}": {"events": ["a"]}})", R"("rooms": {"g-{i}": {"events": ["a"]}})", "pr", "other ids are gone"},
    {R"("rooms": {"{room}": {"events": ["a"]}, "chat": {"events": ["a", "b"]}})", R"("rooms": {"{room}": {"events": ["a"]}})",
     "pr", "the pattern does not allow `b`"},
    {R"("rooms": {"g-{i}": {"events": ["a"]}})", R"("rooms": {"g-{n}": {"events": ["a"]}})", "", "another name of the parameter"},
    {R"("rooms": {"g-{i}": {"events": ["a"], "access": {"join": ["user:{i}"]}}})",
     R"("rooms": {"g-{n}": {"events": ["a"], "access": {"join": ["user:{n}"]}}})", "", "the same grant"},
    {R"("rooms": {"g-{i}": {"events": ["a"], "access": {"join": ["user:{i}"]}}})",
     R"("rooms": {"{i}": {"events": ["a"], "access": {"join": ["user:{i}"]}}})", "pr", "the parameter is another text"},
    {R"("rooms": {"a-{x}": {"events": ["a", "b"]}, "{x}-z": {"events": ["a", "b"]}})",
     R"("rooms": {"{x}-z": {"events": ["a"]}, "a-{x}": {"events": ["a", "b"]}})", "pr",
     "ids with both ends are served as before, others not"},
    {R"("rooms": {"a-{x}": {"events": ["a", "b"]}, "{x}-z": {"events": ["a"]}})", R"("rooms": {"{x}": {"events": ["a", "b"]}})",
     "", "one pattern for all allows what both did"},
    {R"("rooms": {"r": {"events": ["a"], "maxSize": 5}})", R"("rooms": {"r": {"events": ["a"], "maxSize": 4}})", "pr",
     "the fifth member is refused"},
    {R"("rooms": {"r": {"events": ["a"], "maxSize": 5}})", R"("rooms": {"r": {"events": ["a"]}})", "", "looser"},
    {R"("rooms": {"r": {"events": ["a"], "channels": ["websocket"]}})", R"("rooms": {"r": {"events": ["a"]}})", "",
     "all there are"},
    {R"("rooms": {"r": {"events": ["a"]}})", R"("rooms": {"r": {"events": ["a"], "access": {"join": ["role:staff"]}}})", "pr",
     "others may not join"},
    {R"("rooms": {"r": {"events": ["a"], "access": {"join": ["role:staff"]}}})",
     R"("rooms": {"r": {"events": ["a"], "access": {"join": ["role:staff", "role:guest"]}}})", "", "more may join"},
    {R"("rooms": {"r": {"events": ["a"], "access": {"history": ["*"]}}})",
     R"("rooms": {"r": {"events": ["a"], "access": {"history": []}}})", "r", "nobody reads what was"},
    {R"("rooms": {"r": {"events": ["a"], "access": {"publish": ["role:x"]}}})",
     R"("rooms": {"r": {"events": ["a"], "access": {"publish": {"a": ["role:x"]}}}})", "",
     "said of the event instead of the room"},
    {R"("rooms": {"r": {"events": ["a", "b"]}})", R"("rooms": {"r": {"events": ["a", "b"], "access": {"publish": {"b": []}}}})",
     "p", "nobody publishes `b`"},
    {R"("rooms": {"r": {"events": ["a", "b"]}})", R"("rooms": {"r": {"events": ["a", "b"], "defaultSubscriptions": ["a"]}})", "r",
     "`b` is not heard any more"},
    {R"("rooms": {"r": {"events": ["a", "b"], "defaultSubscriptions": ["a"]}})", R"("rooms": {"r": {"events": ["a", "b"]}})", "",
     "more is heard"},
    {R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"global": {"maxEvents": 10, "window": "1s"}})",
     R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"global": {"maxEvents": 20, "window": "2s"}})", "",
     "the same rate, more at once"},
    {R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"global": {"maxEvents": 10, "window": "1s"}})",
     R"("rooms": {"r": {"events": ["a"]}}, "rateLimit": {"global": {"maxEvents": 10, "window": "2s"}})", "p", "half the rate"},
    {R"("rooms": {"r": {"events": ["a"]}})",
     R"("rooms": {"r": {"events": ["a"]}}, "clientLimits": {"reads": {"maxEvents": 200, "window": "10s"}})", "",
     "that is what holds anyway"},
    {R"("rooms": {"r": {"events": ["a"]}})",
     R"("rooms": {"r": {"events": ["a"]}}, "clientLimits": {"reads": {"maxEvents": 20, "window": "10s"}})", "r", "fewer reads"},
    {R"("rooms": {"r": {"events": ["a"]}})",
     R"("rooms": {"r": {"events": ["a"], "middleware": [{"use": "requiredRole", "role": "x"}]}})", "p", "others are refused"},
    {R"("rooms": {"r": {"events": ["a"]}})", R"("rooms": {"r": {"events": ["a"], "middleware": [{"use": "logger"}]}})", "",
     "a logger refuses nothing"},
    {R"("rooms": {"r": {"events": ["a"], "middleware": [{"use": "sizeGuard", "maxBytes": 10}]}})",
     R"("rooms": {"r": {"events": ["a"], "middleware": [{"use": "sizeGuard", "maxBytes": 20}]}})", "", "looser"},
};

TEST_CASE("F-D09 F-D10 pairs of schemas break whom they break") {
  for (const Pair& pair : kSchemas) {
    INFO(pair.before << " -> " << pair.after << ": " << pair.why);
    const auto file = [](const char* schema) {
      return R"({"events": {"e": {"schema": )" + std::string(schema) + R"(}}, "rooms": {"r": {"events": ["e"]}}})";
    };
    CHECK(broken(compare_definitions(definitions_of(file(pair.before)), definitions_of(file(pair.after)))) == pair.breaks);
  }
}

TEST_CASE("F-D09 F-D10 pairs of rooms and limits break whom they break") {
  for (const Pair& pair : kRooms) {
    INFO(pair.before << " -> " << pair.after << ": " << pair.why);
    const auto file = [](const char* rest) {
      return R"({"events": {"a": {"schema": true}, "b": {"schema": true}}, )" + std::string(rest) + "}";
    };
    CHECK(broken(compare_definitions(definitions_of(file(pair.before)), definitions_of(file(pair.after)))) == pair.breaks);
  }
}

TEST_CASE("F-D09 fewer channels break clients of the removed ones") {
  Definitions before = definitions_of(R"({"events": {}, "rooms": {"r": {"events": []}}})"), after = before;
  before.rooms.front().channels = {"websocket", "sse"};
  after.rooms.front().channels = {"sse"};
  CHECK(broken(compare_definitions(before, after)) == "pr");
  CHECK(broken(compare_definitions(after, before)).empty());
}

TEST_CASE("a property that can no longer be filtered by breaks readers, and a new one breaks no client") {
  Definitions before = definitions_of(R"({"events": {"a": {"schema": true, "filterable": ["x", "y"]}}})");
  Definitions after = definitions_of(R"({"events": {"a": {"schema": true, "filterable": ["y", "z"]}}})");
  CHECK(broken(compare_definitions(before, after)) == "r");
  before.events.front().filterable = {"y"};
  CHECK(broken(compare_definitions(before, after)).empty());
}

TEST_CASE("F-D20 patterns that cross are found, with an id of both") {
  const Definitions app = definitions_of(
      R"({"events": {}, "rooms": {"g-{a}": {"events": []}, "{a}-g": {"events": []}, "{x}": {"events": []},
        "h-{a}": {"events": []}}})");
  const std::vector<Crossing> found = crossings(app.rooms);
  REQUIRE(found.size() == 2);  // h-{a} crosses {a}-g too
  for (const Crossing& crossing : found) {
    CHECK(crossing.b->id == "{a}-g");
    CHECK(crossing.serves == crossing.a);
    CHECK(crossing.id == std::string(1, crossing.a->id[0]) + "-1-g");
  }
  CHECK(crossings(definitions_of(R"({"events": {}, "rooms": {"g-{a}": {"events": []}, "g-x-{a}": {"events": []}}})").rooms)
            .empty());
}

}  // namespace
