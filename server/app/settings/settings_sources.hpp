// The sources of settings, and their precedence: command line, then environment, then configuration file, then default. Each
// source yields raw texts with the name of their place, so that an invalid value is reported where its author can fix it.
// Functions; used by one thread while the program starts.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/settings/settings.hpp"

namespace dialogue::app {

/// The texts of one setting and the place they stand in: "--log", "DIALOGUE_LOG" or "dialogue.json:3:10".
struct RawSetting {
  std::vector<std::string> values;
  std::string place;
};

/// By the setting's name.
using RawSettings = std::map<std::string, RawSetting, std::less<>>;

/// Looks up an environment variable; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The parts of a list; none of them is empty.
[[nodiscard]] std::vector<std::string> split_at_commas(const std::string& text);

/// The process's own environment.
[[nodiscard]] Environment process_environment();

/// Every setting that the environment gives. A variable that is empty counts as not set.
[[nodiscard]] RawSettings settings_from_environment(const Environment& environment);

/// The process's own variables whose names begin with DIALOGUE_.
[[nodiscard]] std::vector<std::string> process_variables();

/// Finds names in `variables` that are not a setting. A name similar to a setting throws SetupError with a suggestion;
/// for others returns a sentence each. What `settings` name themselves (--auth-hs256-env) and what Kubernetes sets for a service
/// called "dialogue" is passed over.
[[nodiscard]] std::vector<std::string> unknown_variables(const std::vector<std::string>& variables, const Settings& settings);

/// Every setting in a configuration file's text: one JSON object, its keys as file_key() says, "$schema" ignored.
/// Throws SetupError with "PATH:LINE:COLUMN" for broken JSON, an unknown or repeated key, or a value of the wrong kind.
[[nodiscard]] RawSettings settings_from_file(std::string_view text, const std::string& path);

/// The settings in force. Earlier sources win, each setting as a whole. Throws SetupError that names the place of a bad value.
[[nodiscard]] Settings resolve_settings(const std::vector<RawSettings>& sources);

}  // namespace dialogue::app
