// The configuration file: one flat JSON object, read with its positions so that each fault names its line.
#include <algorithm>
#include <array>
#include <dialogue/setup_error.hpp>

#include "server/app/settings/settings_sources.hpp"
#include "server/definitions/source/json_document.hpp"

namespace dialogue::app {
namespace {

const SettingInfo* find_setting_by_key(std::string_view key) {
  for (const SettingInfo& setting : settings_table())
    if (file_key(setting.name) == key) return &setting;
  return nullptr;
}

std::string known_keys() {
  std::string keys;
  for (const SettingInfo& setting : settings_table()) keys += (keys.empty() ? "" : ", ") + file_key(setting.name);
  return keys;
}

using Kind = definitions::JsonValue::Kind;

bool read_string(const definitions::JsonValue& value, SettingTexts& texts) {
  if (value.is(Kind::string)) texts.push_back(value.text);
  return value.is(Kind::string);
}

/// Reads one value as texts; false: it is of another kind.
bool read_value(const definitions::JsonValue& value, SettingKind kind, SettingTexts& texts) {
  if (kind == SettingKind::text) return read_string(value, texts);
  if (kind == SettingKind::list) {
    const auto read = [&texts](const definitions::JsonValue& item) { return read_string(item, texts); };
    return value.is(Kind::array) && std::all_of(value.items.begin(), value.items.end(), read);
  }
  if (kind == SettingKind::toggle) {
    if (value.is(Kind::boolean)) texts.emplace_back(value.boolean ? "true" : "false");
    return value.is(Kind::boolean);
  }
  const auto number = value.is(Kind::number) ? value.unsigned_integer() : std::nullopt;
  if (number) texts.push_back(std::to_string(*number));
  return number.has_value();
}

std::string_view expected_kind(SettingKind kind) {
  constexpr std::array<std::string_view, 4> kKinds = {"a string", "a whole number", "true or false", "an array of strings"};
  return kKinds[static_cast<std::size_t>(kind)];
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
    const SettingInfo* setting = find_setting_by_key(key);
    if (setting == nullptr)
      throw SetupError(position(key_offset), "there is no setting \"" + key + "\"", "Use one of: " + known_keys() + ".");
    RawSetting raw{{}, position(value.offset)};
    if (!read_value(value, setting->kind, raw.values))
      throw SetupError(position(value.offset), "\"" + key + "\" takes " + std::string(expected_kind(setting->kind)),
                       "See docs/guides/configuration.md.");
    found.emplace(setting->name, std::move(raw));
  }
  return found;
}

}  // namespace dialogue::app
