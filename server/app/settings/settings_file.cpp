// The configuration file: one flat JSON object, read with its positions so that each fault names its line.
#include <algorithm>
#include <dialogue/setup_error.hpp>

#include "server/app/settings/settings_sources.hpp"
#include "server/definitions/source/json_document.hpp"

namespace dialogue::app {
namespace {

const Setting* find_setting_by_key(std::string_view key) {
  for (const Setting& setting : settings_table())
    if (file_key(setting.name) == key) return &setting;
  return nullptr;
}

std::string known_keys() {
  std::string keys;
  for (const Setting& setting : settings_table()) keys += (keys.empty() ? "" : ", ") + file_key(setting.name);
  return keys;
}

/// Turns one value into texts, as the setting's type asks; false when the value is of another kind.
struct ReadValue {
  const definitions::JsonValue& value;
  std::vector<std::string>& texts;

  bool operator()(std::string ServeSettings::*) const { return read_string(value); }
  bool operator()(std::uint32_t ServeSettings::*) const {
    const auto number = value.is(definitions::JsonValue::Kind::number) ? value.unsigned_integer() : std::nullopt;
    if (number) texts.push_back(std::to_string(*number));
    return number.has_value();
  }
  bool operator()(bool ServeSettings::*) const {
    if (value.is(definitions::JsonValue::Kind::boolean)) texts.emplace_back(value.boolean ? "true" : "false");
    return value.is(definitions::JsonValue::Kind::boolean);
  }
  bool operator()(std::vector<std::string> ServeSettings::*) const {
    if (!value.is(definitions::JsonValue::Kind::array)) return false;
    return std::all_of(value.items.begin(), value.items.end(),
                       [this](const definitions::JsonValue& item) { return read_string(item); });
  }

 private:
  bool read_string(const definitions::JsonValue& text) const {
    if (text.is(definitions::JsonValue::Kind::string)) texts.push_back(text.text);
    return text.is(definitions::JsonValue::Kind::string);
  }
};

std::string expected_kind(const Setting& setting) {
  constexpr std::array<std::string_view, 4> kKinds = {"a string", "a whole number", "true or false", "an array of strings"};
  return std::string(kKinds[setting.field.index()]);
}

}  // namespace

RawSettings settings_from_file(std::string_view text, const std::string& path) {
  const auto position = [&](std::size_t offset) {
    const definitions::Place place = definitions::place_of(text, offset);
    return path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  const definitions::JsonDocument document = definitions::parse_json_document(text);
  if (document.problem) {
    const definitions::Place place = document.problem->place;
    throw SetupError(path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column), document.problem->message,
                     document.problem->hint);
  }
  if (!document.root.is(definitions::JsonValue::Kind::object))
    throw SetupError(position(document.root.offset), "a configuration is one JSON object", R"(Write {"listen": "HOST:PORT"}.)");

  RawSettings found;
  for (const auto& [key, key_offset, value] : document.root.members) {
    if (key == "$schema") continue;
    const Setting* setting = find_setting_by_key(key);
    if (setting == nullptr)
      throw SetupError(position(key_offset), "there is no setting \"" + key + "\"", "Use one of: " + known_keys() + ".");
    RawSetting raw{{}, position(value.offset)};
    if (!std::visit(ReadValue{value, raw.values}, setting->field))
      throw SetupError(position(value.offset), "\"" + key + "\" takes " + expected_kind(*setting),
                       "See docs/guides/configuration.md.");
    found.emplace(setting->name, std::move(raw));
  }
  return found;
}

}  // namespace dialogue::app
