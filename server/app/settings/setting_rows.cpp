// See setting_rows.hpp.
#include "server/app/settings/setting_rows.hpp"

#include "server/app/settings/reload.hpp"
#include "server/app/settings/setting_text.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {

std::vector<SettingRow> setting_rows(const ReadSettings& read) {
  std::vector<SettingRow> rows;
  for (const Setting& setting : settings_table()) {
    const auto place = read.places.find(setting.name);
    rows.push_back({file_key(setting.name), shown_setting(setting, read.settings),
                    place == read.places.end() ? "default" : place->second, reloads(setting.name) ? "hot" : "restart"});
  }
  return rows;
}

std::string setting_rows_json(const std::vector<SettingRow>& rows) {
  return json_array(rows, [](const SettingRow& row) {
    return JsonText().text("name", row.key).text("value", row.value).text("source", row.source).text("change", row.change).take();
  });
}

}  // namespace dialogue::app
