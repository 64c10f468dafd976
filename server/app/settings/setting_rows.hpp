// The settings as people are shown them: by `dialogue config`, and by GET /api/v1/settings. Secrets are masked. Pure functions.
#pragma once
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

}  // namespace dialogue::app
