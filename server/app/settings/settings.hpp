// What can be set from outside, in one table: each row is a flag, an environment variable and a key of the configuration file.
// `--allow-origin`, DIALOGUE_ALLOW_ORIGIN and "allowOrigin" are one row. A flag overrides the environment, which overrides the
// file, which overrides the default. Most rows are the library's (config_settings()); those here are the program's own. Plain
// values; used by one thread while the program starts.
#pragma once
#include <dialogue/config.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/embed/settings/config_settings.hpp"

namespace dialogue::app {

/// Settings without a meaning in the library: where the program reads definitions and secrets, what it logs.
struct ProgramOptions {
  std::string config_file;  ///< of --config; empty: none
  std::string app;
  std::string store = "sqlite:./dialogue.db";
  std::string cluster;  ///< the store's URL, in place of `store`; empty: one server
  std::string bus;      ///< the URL of what wakes the other servers; empty: the store does
  [[nodiscard]] const std::string& store_url() const { return cluster.empty() ? store : cluster; }
  std::vector<std::string> auth_key;
  std::string auth_hs256_env;
  std::vector<std::string> api_key_file, api_key_env;
  std::string otlp_headers_file, otlp_headers_env;
  std::string hooks_secret_file, hooks_secret_env;
  bool core_dumps = false;
  std::string log;
  std::string log_level = "info";
};

/// Everything that can be set from outside. `config` has no definitions, secrets, store or logger yet: see serve_config().
struct Settings {
  Config config;
  ProgramOptions program;
};

[[nodiscard]] std::span<const Setting<ProgramOptions>> program_settings();

/// Calls `use` for each row, with the parts of the settings that have its value.
template <typename Use, typename... Each>
void each_setting(const Use& use, Each&... settings) {
  for (const Setting<Config>& row : config_settings()) use(row, settings.config...);
  for (const Setting<ProgramOptions>& row : program_settings()) use(row, settings.program...);
}

/// A row without its value.
struct SettingInfo {
  std::string_view name, value_name, help;
  SettingKind kind;
  Accepts accepts;
  SettingChange change;
  SettingTexts usual;    ///< the default
  std::string fallback;  ///< the default in words
  std::string member;    ///< "limits.ping_timeout_ms"
  bool is_of_config;     ///< a member of Config
};

/// All rows, in the order of the help text.
[[nodiscard]] const std::vector<SettingInfo>& settings_table();

/// "--allow-origin" of "allow-origin"; the argument `app` has no dashes.
[[nodiscard]] std::string flag_name(std::string_view setting_name);

/// "DIALOGUE_ALLOW_ORIGIN" of "allow-origin". Several values are separated by commas there.
[[nodiscard]] std::string environment_name(std::string_view setting_name);

/// "allowOrigin" of "allow-origin".
[[nodiscard]] std::string file_key(std::string_view setting_name);

}  // namespace dialogue::app
