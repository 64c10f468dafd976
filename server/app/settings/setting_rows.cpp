// See setting_rows.hpp.
#include "server/app/settings/setting_rows.hpp"

#include <algorithm>

#include "shared/base/shown_url.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

const char* change_name(SettingChange change) { return change == SettingChange::hot ? "hot" : "restart"; }

std::string joined(const SettingTexts& texts) {
  std::string all;
  for (const std::string& each : texts) all += (all.empty() ? "" : ",") + shown_url(each);
  return all;
}

/// Lists have commas between their parts. A number that is unset is shown by its default in words.
template <typename Owner>
std::string shown_value(const Setting<Owner>& row, const Owner& part) {
  const SettingTexts texts = row.access.read(part);
  return texts.empty() && row.access.kind == SettingKind::number ? std::string(row.fallback) : joined(texts);
}

/// The setting with this member: "limits.ping_timeout_ms", or "ping_timeout_ms"; null: none.
const SettingInfo* setting_of_member(std::string_view member) {
  for (const SettingInfo& setting : settings_table())
    if (setting.member == member || member_name(setting.name, {}) == member) return &setting;
  return nullptr;
}

std::string flag_of_member(const std::string& member) {
  const SettingInfo* setting = setting_of_member(member);
  return setting == nullptr ? member : flag_name(setting->name);
}

/// `member` becomes --flag.
std::string with_flags(const std::string& text) {
  std::string written;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t open = text.find('`', begin), close = text.find('`', open + 1);
    if (open == std::string::npos || close == std::string::npos) return written + text.substr(begin);
    const std::string name = text.substr(open + 1, close - open - 1);
    const bool is_member = setting_of_member(name) != nullptr;
    written += text.substr(begin, open - begin) + (is_member ? flag_of_member(name) : '`' + name + '`');
    begin = close + 1;
  }
  return written;
}

std::string schema_value(const SettingInfo& setting, const std::string& text) {
  if (setting.kind == SettingKind::toggle) return text == "on" ? "true" : "false";
  return setting.kind == SettingKind::number ? text : json_string(text);
}

std::string schema_of(const SettingInfo& setting) {
  JsonText schema;
  if (setting.kind == SettingKind::list)
    schema.text("type", "array").raw("items", R"({"type":"string","minLength":1})");
  else if (setting.kind == SettingKind::number)
    schema.text("type", "integer").number("minimum", setting.accepts.min).number("maximum", setting.accepts.max);
  else
    schema.text("type", setting.kind == SettingKind::toggle ? "boolean" : "string");
  schema.text("description", setting.help);
  const bool is_accepted = !setting.usual.empty() && !fault_of_value(setting.kind, setting.accepts, setting.usual.front());
  if (is_accepted) schema.raw("default", schema_value(setting, setting.usual.front()));
  schema.text("defaultInWords", setting.fallback).text("flag", flag_name(setting.name)).text("value", setting.value_name);
  schema.text("environment", environment_name(setting.name)).text("change", change_name(setting.change));
  if (setting.is_of_config) schema.text("member", setting.member);
  return schema.take();
}

}  // namespace

std::vector<SettingRow> setting_rows(const ReadSettings& read) {
  std::vector<SettingRow> rows;
  each_setting(
      [&](const auto& row, const auto& part) {
        const auto place = read.places.find(row.name);
        rows.push_back({file_key(row.name), shown_value(row, part), place == read.places.end() ? "default" : place->second,
                        change_name(row.change)});
      },
      read.settings);
  return rows;
}

std::string setting_rows_json(const std::vector<SettingRow>& rows) {
  return json_array(rows, [](const SettingRow& row) {
    return JsonText().text("name", row.key).text("value", row.value).text("source", row.source).text("change", row.change).take();
  });
}

std::vector<ReloadChange> changed_settings(const Settings& before, const Settings& now) {
  std::vector<ReloadChange> changes;
  each_setting(
      [&](const auto& row, const auto& old_part, const auto& new_part) {
        if (row.access.read(old_part) != row.access.read(new_part))
          changes.push_back(
              {file_key(row.name), shown_value(row, old_part), shown_value(row, new_part), row.change == SettingChange::hot});
      },
      before, now);
  return changes;
}

std::string settings_schema() {
  JsonText properties;
  properties.raw("$schema", R"({"type":"string","description":"Where this schema is, for the editor."})");
  for (const SettingInfo& setting : settings_table()) properties.raw(file_key(setting.name), schema_of(setting));
  JsonText schema;
  schema.text("$schema", "https://json-schema.org/draft/2020-12/schema")
      .text("title", "The configuration file of dialogue serve");
  return schema.text("type", "object").raw("additionalProperties", "false").raw("properties", properties.take()).take();
}

SetupError in_flags(const SetupError& fault) {
  constexpr std::string_view kAnd = " and ";
  std::string where = fault.where();
  if (const std::size_t at = where.find(kAnd); at != std::string::npos)
    where = flag_of_member(where.substr(0, at)) + std::string(kAnd) + flag_of_member(where.substr(at + kAnd.size()));
  else
    where = flag_of_member(where);
  return {std::move(where), with_flags(fault.problem()), with_flags(fault.advice())};
}

}  // namespace dialogue::app
