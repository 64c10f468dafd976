// Reading settings from the environment and from texts, and choosing among the sources.
#include "server/app/settings/settings_sources.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <dialogue/setup_error.hpp>

#include "server/definitions/source/suggestion.hpp"

namespace dialogue::app {
namespace {

constexpr std::string_view kVariablePrefix = "DIALOGUE_";

constexpr std::size_t kShortName = 3;

/// Kubernetes announces services to every container in this way.
bool is_of_kubernetes(std::string_view name) {
  return name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_");
}

/// What `dialogue tail` and others take, and what the dashboard's "Copy as curl" has its key in.
bool is_of_commands(std::string_view name) { return name == "TOKEN" || name == "KEY" || name == "URL"; }

/// Whether a setting's value is, or holds, this variable's name.
bool is_named(const ProgramOptions& program, const std::string& variable) {
  std::vector<std::string> named = program.api_key_env;
  named.insert(named.end(), {program.auth_hs256_env, program.hooks_secret_env, program.otlp_headers_env});
  return std::any_of(named.begin(), named.end(),
                     [&](const std::string& text) { return text.find(variable) != std::string::npos; });
}

/// The value's texts. Throws SetupError that names the place of a bad one.
template <typename Owner>
SettingTexts checked_texts(const Setting<Owner>& setting, const RawSetting& raw) {
  SettingTexts texts;
  for (const std::string& value : raw.values) {
    if (value.empty()) throw SetupError(raw.place, "this value is empty", "Set a value, or remove the setting.");
    for (std::string& text : setting.value_name == "LIST" ? split_at_commas(value) : SettingTexts{value}) {
      if (auto fault = fault_of_value(setting.access.kind, setting.accepts, text))
        throw SetupError(raw.place, fault->problem, fault->advice);
      texts.push_back(std::move(text));
    }
  }
  return texts;
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
  for (const SettingInfo& setting : settings_table()) {
    const std::string name = environment_name(setting.name);
    const auto value = environment(name);
    if (!value || value->empty()) continue;
    found[std::string(setting.name)] = {setting.kind == SettingKind::list ? split_at_commas(*value) : std::vector{*value}, name};
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

std::vector<std::string> unknown_variables(const std::vector<std::string>& variables, const Settings& settings) {
  std::vector<std::string> known = {"CONFIG"};
  for (const SettingInfo& setting : settings_table())
    known.push_back(environment_name(setting.name).substr(kVariablePrefix.size()));
  const std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string> sentences;
  for (const std::string& variable : variables) {
    const std::string name = variable.substr(std::min(kVariablePrefix.size(), variable.size()));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (is_of_kubernetes(name) || is_named(settings.program, variable) || is_of_commands(name)) continue;
    // Half of a name of three letters resembles LOG or DEV.
    if (std::string hint = definitions::did_you_mean(name, names); !hint.empty() && name.size() > kShortName)
      throw SetupError(variable, "unknown setting",
                       hint.insert(hint.find('`') + 1, kVariablePrefix) + " Variables that begin with DIALOGUE_ are settings.");
    sentences.push_back(variable + " is not a setting and is ignored.");
  }
  return sentences;
}

Settings resolve_settings(const std::vector<RawSettings>& sources) {
  Settings settings;
  each_setting(
      [&sources](const auto& setting, auto& part) {
        for (const RawSettings& source : sources) {
          const auto raw = source.find(setting.name);
          if (raw != source.end()) return setting.access.write(part, checked_texts(setting, raw->second));
        }
      },
      settings);
  return settings;
}

}  // namespace dialogue::app
