// Flags through CLI11, each as raw text: what a text means is the table's business.
#include "server/app/settings/settings_flags.hpp"

#include <CLI/CLI.hpp>

#include "server/embed/text_file.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

}  // namespace

SettingFlags::SettingFlags(CLI::App& command, bool definitions_compiled_in) {
  for (const SettingInfo& setting : settings_table()) {
    const bool is_definition_file = setting.name == "app";
    if (is_definition_file && definitions_compiled_in) continue;
    std::vector<std::string>& values = values_[std::string(setting.name)];
    const std::string name = flag_name(setting.name);
    const std::string help = std::string(setting.help) + " Default: " + setting.fallback + ". [" +
                             environment_name(setting.name) + ", \"" + file_key(setting.name) + "\"]";
    if (setting.value_name.empty()) {
      command.add_flag_callback(
          name, [&values] { values.assign(1, "true"); }, help);
    } else {
      command.add_option(name, values, help)
          ->type_name(std::string(setting.value_name))
          ->expected(1)
          ->allow_extra_args(false)
          ->take_all();
    }
  }
  command.add_option("--config", config_path_, "A JSON file with any of these settings. [DIALOGUE_CONFIG]")
      ->type_name("FILE")
      ->check([](const std::string& path) { return path.empty() ? "this value is empty" : std::string(); });
}

ReadSettings SettingFlags::settings(const Environment& environment, const std::vector<std::string>& variables) const {
  const std::string path = config_path_.empty() ? environment("DIALOGUE_CONFIG").value_or("") : config_path_;
  std::vector<RawSettings> sources = {given(), settings_from_environment(environment)};
  if (!path.empty()) sources.push_back(settings_from_file(read_text_file(path, kConfigBytesMax), path));
  ReadSettings read{resolve_settings(sources), {}, {}};
  read.settings.program.config_file = path;
  for (const RawSettings& source : sources)
    for (const auto& [name, raw] : source) read.places.try_emplace(name, raw.place);
  read.warnings = unknown_variables(variables, read.settings);
  return read;
}

RawSettings SettingFlags::given() const {
  RawSettings found;
  for (const auto& [name, values] : values_)
    if (!values.empty()) found[name] = {values, flag_name(name)};
  return found;
}

}  // namespace dialogue::app
