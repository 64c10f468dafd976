// Reading settings from the environment and from texts, and choosing among the sources.
#include "server/app/settings_sources.hpp"

#include <charconv>
#include <cstdlib>
#include <dialogue/setup_error.hpp>

namespace dialogue {
namespace {

/// Digits, which the setting's check has let through.
std::uint32_t to_number(const std::string& text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool to_switch(const std::string& text, const std::string& place) {
  if (text == "true" || text == "1" || text == "on") return true;
  if (text == "false" || text == "0" || text == "off") return false;
  throw SetupError(place, "\"" + text + "\" is neither on nor off", "Write true or false.");
}

/// Stores raw texts into the field of a setting; the field's type says how they are read.
struct Assign {
  ServeSettings& settings;
  const RawSetting& raw;

  void operator()(std::string ServeSettings::*field) const { settings.*field = raw.values.back(); }
  void operator()(std::uint32_t ServeSettings::*field) const { settings.*field = to_number(raw.values.back()); }
  void operator()(bool ServeSettings::*field) const { settings.*field = to_switch(raw.values.back(), raw.place); }
  void operator()(std::vector<std::string> ServeSettings::*field) const { settings.*field = raw.values; }
};

void refuse_bad_values(const Setting& setting, const RawSetting& raw) {
  if (setting.check == nullptr) return;
  for (const std::string& value : raw.values)
    if (auto fault = setting.check(value)) throw SetupError(raw.place, fault->problem, fault->advice);
}

}  // namespace

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

RawSettings settings_from_environment(const Environment& environment) {
  RawSettings found;
  for (const Setting& setting : settings_table()) {
    const std::string name = environment_name(setting.name);
    const auto value = environment(name);
    if (!value || value->empty()) continue;
    const bool is_list = std::holds_alternative<std::vector<std::string> ServeSettings::*>(setting.field);
    found[std::string(setting.name)] = {is_list ? split_at_commas(*value) : std::vector{*value}, name};
  }
  return found;
}

ServeSettings resolve_settings(const std::vector<RawSettings>& sources) {
  ServeSettings settings;
  for (const Setting& setting : settings_table()) {
    for (const RawSettings& source : sources) {
      const auto raw = source.find(setting.name);
      if (raw == source.end()) continue;
      refuse_bad_values(setting, raw->second);
      std::visit(Assign{settings, raw->second}, setting.field);
      break;
    }
  }
  return settings;
}

}  // namespace dialogue
