#include "server/definitions/source/json_location.hpp"

#include <algorithm>

#include "server/definitions/source/suggestion.hpp"
#include "shared/base/duration.hpp"

namespace dialogue::definitions {

std::optional<JsonLocation> JsonLocation::child(std::string_view key) const {
  const JsonMember* member = value.find(key);
  return member ? std::optional<JsonLocation>(child(*member)) : std::nullopt;
}

void JsonLocation::key_fault(const JsonMember& member, std::string message, std::string hint) const {
  problems.add(member.key_offset, pointer_child(pointer, member.key), std::move(message), std::move(hint));
}

bool JsonLocation::object(std::string_view what, std::span<const std::string_view> known) const {
  if (!value.is(JsonValue::Kind::object)) return fault(std::string(what) + " is an object."), false;
  for (const JsonMember& member : value.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    std::string hint = did_you_mean(member.key, known);
    if (hint.empty()) {
      for (const std::string_view name : known) hint += (hint.empty() ? "Known here: " : ", ") + std::string(name);
      hint += '.';
    }
    key_fault(member, "`" + member.key + "` is not a key of " + std::string(what) + ".", std::move(hint));
  }
  return true;
}

std::optional<std::string> JsonLocation::string(std::size_t bytes_max) const {
  if (value.is(JsonValue::Kind::string) && value.text.size() <= bytes_max) return value.text;
  fault("A string of at most " + std::to_string(bytes_max) + " bytes is expected.");
  return std::nullopt;
}

std::optional<std::uint64_t> JsonLocation::count(std::uint64_t least) const {
  const auto number = value.unsigned_integer();
  if (number && *number >= least) return number;
  fault("A whole number of at least " + std::to_string(least) + " is expected.");
  return std::nullopt;
}

std::optional<std::uint64_t> JsonLocation::duration_ms() const {
  const auto duration = value.is(JsonValue::Kind::string) ? parse_duration_ms(value.text) : std::nullopt;
  if (!duration) fault("A duration is expected.", "Write \"500ms\", \"30s\", \"10m\", \"12h\" or \"7d\".");
  return duration;
}

std::optional<bool> JsonLocation::boolean() const {
  if (value.is(JsonValue::Kind::boolean)) return value.boolean;
  fault("true or false is expected.");
  return std::nullopt;
}

std::optional<std::size_t> JsonLocation::word(std::span<const std::string_view> words) const {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (value.is(JsonValue::Kind::string) && value.text == words[i]) return i;
  std::string expected;
  for (const std::string_view each : words) expected += (expected.empty() ? "\"" : " or \"") + std::string(each) + '"';
  fault(expected + " is expected.", value.is(JsonValue::Kind::string) ? did_you_mean(value.text, words) : "");
  return std::nullopt;
}

std::optional<std::vector<std::string>> JsonLocation::strings() const {
  if (!value.is(JsonValue::Kind::array)) return fault("An array of strings is expected."), std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const JsonValue& item = value.items[i];
    if (!item.is(JsonValue::Kind::string)) return child(i).fault("A string is expected."), std::nullopt;
    if (std::find(out.begin(), out.end(), item.text) != out.end())
      child(i).fault("\"" + item.text + "\" is listed twice.", "Keep one of the two.");
    out.push_back(item.text);
  }
  return out;
}

}  // namespace dialogue::definitions
