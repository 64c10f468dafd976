#include "server/definitions/definitions_json.hpp"

#include <algorithm>
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/source/middleware_json.hpp"
#include "server/definitions/source/suggestion.hpp"
#include "shared/base/names.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::definitions {

namespace {

/// Faults that only the catalogue's builder detects (sizes, depths, whole graphs) are reported by event or room; their keys are
/// the places.
void add_catalogue_faults(const Definitions& definitions, const JsonValue& root, Diagnostics& problems) {
  for (const DefinitionError& fault : make_catalogue(definitions).faults) {
    std::size_t offset = root.offset, longest = 0;
    for (const auto& [word, part] : {std::pair{"event ", "events"}, std::pair{"call ", "calls"}, std::pair{"call ", "streams"},
                                     std::pair{"room ", "rooms"}}) {
      const JsonMember* found = root.find(part);
      if (found == nullptr) continue;
      for (const JsonMember& member : found->value.members) {
        const std::string begin = word + member.key;
        if (fault.where.compare(0, begin.size(), begin) == 0 && begin.size() > longest)
          longest = begin.size(), offset = member.key_offset;
      }
    }
    problems.add(offset, fault.where, fault.message);
  }
}

}  // namespace

LoadResult load_definitions(std::string_view text, std::string_view file_name) {
  LoadResult result;
  result.file_name = file_name;
  if (text.size() > kDefinitionBytesMax) {
    result.problems.push_back({{}, "", "the file is larger than " + std::to_string(kDefinitionBytesMax) + " bytes.", ""});
    return result;
  }
  const JsonDocument document = parse_json_document(text);
  if (document.problem) {
    result.problems.push_back(*document.problem);
    return result;
  }
  Diagnostics problems(text);
  DefinitionsReader(result.definitions).read({document.root, "", problems});
  if (problems.empty()) add_catalogue_faults(result.definitions, document.root, problems);
  result.problems = problems.take();
  return result;
}

std::vector<std::string> LoadResult::lines() const {
  std::vector<std::string> out;
  for (const Diagnostic& problem : problems) out.push_back(format_problem(problem, file_name));
  return out;
}

void DefinitionsReader::read(const JsonLocation& root) {
  static constexpr std::array<std::string_view, 11> kKeys = {"$schema",   "$comment",     "description", "$defs",
                                                             "events",    "calls",        "streams",     "rooms",
                                                             "rateLimit", "clientLimits", "middleware"};
  if (!root.object("a definition file", kKeys)) return;
  shared_ = load_shared_schemas(root.value, out_.schemas, root.problems);
  if (const auto events = root.child("events"))
    read_events(*events);
  else
    root.fault("`events` is missing.", "Write \"events\": {} when there are none.");
  if (const auto calls = root.child("calls")) read_calls(*calls, false);
  if (const auto streams = root.child("streams")) read_calls(*streams, true);
  if (const auto rooms = root.child("rooms")) read_rooms(*rooms);
  if (const auto limits = root.child("rateLimit")) read_rate_limits(*limits);
  if (const auto limits = root.child("clientLimits")) read_client_limits(*limits);
  if (const auto middleware = root.child("middleware")) out_.middleware = read_middleware(*middleware);
}

void DefinitionsReader::read_rate_limits(const JsonLocation& site) {
  static constexpr std::array<std::string_view, 2> kKeys = {"global", "perRoom"};
  if (!site.object("rateLimit", kKeys)) return;
  if (const auto global = site.child("global")) out_.rate_limit_global = read_rate_limit(*global);
  const auto rooms = site.child("perRoom");
  if (!rooms) return;
  if (!rooms->value.is(JsonValue::Kind::object)) return rooms->fault("An object from room id or pattern to limit is expected.");
  std::vector<std::string_view> ids;
  for (const RoomDefinition& room : out_.rooms) ids.push_back(room.id);
  for (const JsonMember& member : rooms->value.members) {
    const bool serves = std::any_of(ids.begin(), ids.end(), [&](std::string_view id) {
      return id == member.key || (is_name(member.key) && matches_room_pattern(id, member.key));
    });
    if (!serves) rooms->key_fault(member, "no room is called " + member.key + ".", did_you_mean(member.key, ids));
    out_.rate_limit_per_room[member.key] = read_rate_limit(rooms->child(member));
  }
}

void DefinitionsReader::read_client_limits(const JsonLocation& site) {
  static constexpr std::array<std::string_view, 4> kKeys = {"bytesPerSecond", "joinsPerSecond", "rooms", "reads"};
  if (!site.object("clientLimits", kKeys)) return;
  ClientLimits& limits = out_.client_limits;
  if (const auto bytes = site.child("bytesPerSecond")) limits.bytes_per_second = bytes->count(1);
  if (const auto joins = site.child("joinsPerSecond")) limits.joins_per_second = joins->count(1);
  if (const auto rooms = site.child("rooms")) limits.rooms = rooms->count(1);
  if (const auto reads = site.child("reads")) limits.reads = read_rate_limit(*reads);
}

RateLimit DefinitionsReader::read_rate_limit(const JsonLocation& site) {
  static constexpr std::array<std::string_view, 2> kKeys = {"maxEvents", "window"};
  RateLimit limit;
  if (!site.object("a rate limit", kKeys)) return limit;
  const auto events = site.child("maxEvents"), window = site.child("window");
  if (!events || !window)
    site.fault("A rate limit has `maxEvents` and `window`.", "For example {\"maxEvents\": 10, \"window\": \"1s\"}.");
  if (events) limit.max_events = events->count(1).value_or(0);
  if (window) limit.window_ms = window->duration_ms().value_or(0);
  return limit;
}

}  // namespace dialogue::definitions
