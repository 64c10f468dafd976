// Reading settings from the environment and from texts, and choosing among the sources.
#include "server/app/settings/settings_sources.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <dialogue/setup_error.hpp>

#include "server/definitions/source/suggestion.hpp"

namespace dialogue::app {
namespace {

constexpr std::string_view kVariablePrefix = "DIALOGUE_";

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

constexpr std::size_t kShortName = 3;

/// Kubernetes tells every container about services in this way.
bool is_of_kubernetes(std::string_view name) {
  return name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_");
}

/// What `dialogue tail` and others take, and what the dashboard's "Copy as curl" has its key in.
bool is_of_commands(std::string_view name) { return name == "TOKEN" || name == "KEY"; }

/// Whether a setting's value is, or holds, this variable's name.
bool is_named(const ServeSettings& settings, const std::string& variable) {
  std::vector<std::string> named = settings.api_key_variables;
  named.push_back(settings.secret_variable);
  named.push_back(settings.hooks_secret_variable);
  named.push_back(settings.otlp_headers_variable);
  return std::any_of(named.begin(), named.end(),
                     [&](const std::string& text) { return text.find(variable) != std::string::npos; });
}

void refuse_bad_values(const Setting& setting, const RawSetting& raw) {
  for (const std::string& value : raw.values)
    if (value.empty()) throw SetupError(raw.place, "this value is empty", "Set a value, or remove the setting.");
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

std::vector<std::string> process_variables() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (text.starts_with(kVariablePrefix)) names.emplace_back(text.substr(0, text.find('=')));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> unknown_variables(const std::vector<std::string>& variables, const ServeSettings& settings) {
  std::vector<std::string> known = {"CONFIG"};
  for (const Setting& setting : settings_table()) known.push_back(environment_name(setting.name).substr(kVariablePrefix.size()));
  const std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string> sentences;
  for (const std::string& variable : variables) {
    const std::string name = variable.substr(std::min(kVariablePrefix.size(), variable.size()));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (is_of_kubernetes(name) || is_named(settings, variable) || is_of_commands(name)) continue;
    // Half of a name of three letters resembles LOG or DEV.
    if (std::string hint = definitions::did_you_mean(name, names); !hint.empty() && name.size() > kShortName)
      throw SetupError(variable, "there is no setting of this name",
                       hint.insert(hint.find('`') + 1, kVariablePrefix) + " Variables that begin with DIALOGUE_ are settings.");
    sentences.push_back(variable + " is set, but there is no such setting: it is ignored.");
  }
  return sentences;
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

}  // namespace dialogue::app
