// The settings as people are shown them: by `dialogue config`, by GET /api/v1/settings, by the preview of a reload and by its
// log, and in messages. Secrets are masked: the query of a URL may hold one. Pure functions.
#pragma once
#include <dialogue/reload_result.hpp>
#include <dialogue/setup_error.hpp>
#include <string>
#include <vector>

#include "server/app/settings/settings_flags.hpp"

namespace dialogue::app {

struct SettingRow {
  std::string key, value, source, change;  ///< change: hot or restart
};

[[nodiscard]] std::vector<SettingRow> setting_rows(const ReadSettings& read);
/// As a JSON array.
[[nodiscard]] std::string setting_rows_json(const std::vector<SettingRow>& rows);

/// The settings with another value in `now`.
[[nodiscard]] std::vector<ReloadChange> changed_settings(const Settings& before, const Settings& now);

/// The JSON Schema of the configuration file. Annotations have what else there is to say about a setting: its flag, environment
/// variable, default in words, how a change takes effect, and the member of Config.
[[nodiscard]] std::string settings_schema();

/// A fault of the library with flags in place of members: people who start the program know flags. "proxy_protocol: ..." becomes
/// "--proxy-protocol: ...", and `trusted_proxy` in its sentences --trusted-proxy. Other names stay.
[[nodiscard]] SetupError in_flags(const SetupError& fault);

}  // namespace dialogue::app
