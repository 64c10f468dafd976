// The "calls" and "streams" parts of app.json: what they carry, their errors, who may call.
#include <algorithm>
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/schema/schema_json.hpp"
#include "shared/base/names.hpp"

namespace dialogue::definitions {
void DefinitionsReader::read_calls(const JsonLocation& site, bool is_streams) {
  const std::string what = is_streams ? "stream" : "call";
  if (!site.value.is(JsonValue::Kind::object)) return site.fault("An object from " + what + " name to definition is expected.");
  for (const JsonMember& member : site.value.members) {
    if (!is_call_name(member.key) || is_reserved_event(member.key))
      site.key_fault(member, "the " + what + "'s name is not valid.",
                     "A name is 1 to 96 of A-Z a-z 0-9 _ - . : @ and does not begin with \"dialogue.\".");
    const bool is_event = std::find(event_names_.begin(), event_names_.end(), member.key) != event_names_.end();
    const bool is_call = std::any_of(out_.calls.begin(), out_.calls.end(), [&](const auto& c) { return c.name == member.key; });
    if (is_event || is_call)
      site.key_fault(member, "the name is that of another event, call or stream.", "Names are shared: choose another one.");
    read_call(member.key, site.child(member), is_streams);
  }
}

void DefinitionsReader::read_call(const std::string& name, const JsonLocation& site, bool is_stream) {
  static constexpr std::array<std::string_view, 9> kCallKeys = {"request", "answer",    "errors",      "access",  "idempotent",
                                                                "timeout", "rateLimit", "description", "$comment"};
  static constexpr std::array<std::string_view, 9> kStreamKeys = {"request", "items",     "writes",      "errors",  "access",
                                                                  "timeout", "rateLimit", "description", "$comment"};
  if (!site.object(is_stream ? "a stream" : "a call", is_stream ? kStreamKeys : kCallKeys)) return;
  CallDefinition call;
  call.name = name;
  if (const auto description = site.child("description")) call.description = description->string(kCatalogueBytesMax).value_or("");
  call.request = read_value(site.child("request"));
  call.answer = read_value(site.child(is_stream ? "items" : "answer"));
  if (is_stream && !site.child("items")) site.fault("`items` is missing.", "Write \"items\": true to allow any JSON.");
  const auto writes = site.child("writes");
  if (writes) call.write = read_value(writes);
  call.kind = writes ? CallKind::duplex : is_stream ? CallKind::stream : CallKind::call;
  if (const auto errors = site.child("errors")) read_call_errors(call, *errors);
  if (const auto access = site.child("access")) {
    RoomDefinition place;
    place.id = name;
    call.access = read_grants(place, *access);
    if (call.access && std::find(call.access->begin(), call.access->end(), kTokenGrant) != call.access->end())
      access->fault("\"token\" is a grant of rooms.", "Write \"*\", \"role:NAME\" or \"user:ID\".");
  }
  if (const auto idempotent = site.child("idempotent")) call.is_idempotent = idempotent->boolean().value_or(false);
  if (const auto timeout = site.child("timeout")) {
    call.timeout_ms = timeout->duration_ms().value_or(0);
    if (call.timeout_ms == 0 || call.timeout_ms > kCallTimeoutMaxMs)
      timeout->fault("A timeout is at least 1 ms and at most 10 minutes.", "For example \"5s\".");
  }
  if (const auto limit = site.child("rateLimit")) call.rate_limit = read_rate_limit(*limit);
  out_.calls.push_back(std::move(call));
}

NodeIndex DefinitionsReader::read_value(const std::optional<JsonLocation>& schema) {
  if (schema) return load_schema(schema->value, schema->pointer, out_.schemas, schema->problems, shared_);
  SchemaNode nothing;
  nothing.types = kNull;
  return out_.schemas.add(std::move(nothing));
}

void DefinitionsReader::read_call_errors(CallDefinition& call, const JsonLocation& site) {
  if (!site.value.is(JsonValue::Kind::object))
    return site.fault("`errors` is an object from error code to the schema of its value.",
                      "For example {\"out_of_stock\": {\"type\": \"null\"}}.");
  for (const JsonMember& member : site.value.members) {
    if (!is_call_error(member.key))
      site.key_fault(member, "the error code is not valid.", "A code is 1 to 24 of a-z 0-9 _, such as out_of_stock.");
    call.errors.push_back({member.key, read_value(site.child(member))});
  }
}

}  // namespace dialogue::definitions
