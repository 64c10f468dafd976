// Flags through CLI11, each as raw text: what a text means is the table's business.
#include "server/app/settings_flags.hpp"

#include <CLI/CLI.hpp>

namespace dialogue {

SettingFlags::SettingFlags(CLI::App& command, bool definitions_compiled_in) {
  for (const Setting& setting : settings_table()) {
    const bool is_definition_file = setting.name == "app";
    if (is_definition_file && definitions_compiled_in) continue;
    std::vector<std::string>& values = values_[std::string(setting.name)];
    const std::string name = is_definition_file ? "app" : "--" + std::string(setting.name);
    const std::string help = std::string(setting.description) + " Default: " + std::string(setting.fallback) + ". [" +
                             environment_name(setting.name) + ", \"" + file_key(setting.name) + "\"]";
    if (setting.value_name.empty()) {
      command.add_flag_callback(
          name, [&values] { values.assign(1, "true"); }, help);
    } else {
      command.add_option(name, values, help)->type_name(std::string(setting.value_name))->expected(1)->take_all();
    }
  }
}

RawSettings SettingFlags::given() const {
  RawSettings found;
  for (const auto& [name, values] : values_)
    if (!values.empty()) found[name] = {values, name == "app" ? "app" : "--" + name};
  return found;
}

}  // namespace dialogue
