// The "presence" of a room in app.json: whether members learn of each other, and the states that they set.
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/schema/schema_json.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::definitions {

void DefinitionsReader::read_presence(RoomDefinition& room, const JsonLocation& site) {
  static constexpr std::array<std::string_view, 5> kKeys = {"state", "rate", "grace", "merge", "$comment"};
  static constexpr std::array<std::string_view, 2> kMerges = {"latest", "sessions"};
  if (!site.value.is(JsonValue::Kind::object)) {
    if (site.value.is(JsonValue::Kind::boolean))
      room.sends_presence = site.boolean().value_or(true);
    else
      site.fault("`presence` is true, false, or an object with the schema of states.",
                 "For example {\"state\": {\"type\": \"object\"}}.");
    return;
  }
  if (!site.object("presence", kKeys)) return;
  StatesDefinition states;
  if (const auto schema = site.child("state"))
    states.schema = read_value(schema);
  else
    site.fault("`state` is missing.", "Write \"state\": true to allow any JSON.");
  if (const auto rate = site.child("rate")) {
    states.rate = rate->count(1).value_or(states.rate);
    if (states.rate > kStatesRateMax) rate->fault("A rate is at most 50 reports a second.", "10 is the default.");
  }
  if (const auto grace = site.child("grace")) {
    states.grace_ms = grace->duration_ms().value_or(states.grace_ms);
    if (states.grace_ms > kStatesGraceMaxMs) grace->fault("A grace is at most 5 minutes.", "\"15s\" is the default.");
  }
  if (const auto merge = site.child("merge")) states.keeps_sessions = merge->word(kMerges) == 1u;
  room.states = states;
}

}  // namespace dialogue::definitions
