// `dialogue config`: the settings that `serve` would have, each with the place that it comes from.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/app/process/program.hpp"
#include "server/app/settings/setting_rows.hpp"
#include "server/app/settings/settings_flags.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

void print_table(std::ostream& out, const std::vector<SettingRow>& rows) {
  std::size_t key = 0, value = 0, source = 0;
  for (const SettingRow& row : rows) {
    key = std::max(key, row.key.size());
    value = std::max(value, row.value.size());
    source = std::max(source, row.source.size());
  }
  const auto padded = [](const std::string& text, std::size_t width) { return text + std::string(width - text.size() + 2, ' '); };
  for (const SettingRow& row : rows)
    out << padded(row.key, key) << padded(row.value.empty() ? "-" : row.value, std::max<std::size_t>(value, 1))
        << padded(row.source, source) << row.change << "\n";
}

void print_json(std::ostream& out, const std::vector<SettingRow>& rows) {
  JsonText all;
  for (const SettingRow& row : rows)
    all.raw(row.key, JsonText().text("value", row.value).text("source", row.source).text("change", row.change).take());
  out << all.take() << "\n";
}

}  // namespace

void add_config_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("config",
                         "Prints the settings that `serve` would use with the same flags, environment and --config file: key, "
                         "value, source of the value, and whether a change takes effect by SIGHUP (hot) or needs a restart.");
  auto flags = std::make_shared<SettingFlags>(*command, program.compiled_in.has_value());
  auto is_json = std::make_shared<bool>(false);
  auto is_schema = std::make_shared<bool>(false);
  command->add_flag("--json", *is_json, "Print one JSON object, by key.");
  command->add_flag("--schema", *is_schema, "Instead, print the JSON Schema of the --config file, for editors and other tools.")
      ->excludes("--json");
  command->callback([&program, flags, is_json, is_schema] {
    if (*is_schema) {
      program.out << settings_schema() << "\n";
      return;
    }
    const ReadSettings read = flags->settings(program.environment, program.variables);
    for (const std::string& warning : read.warnings) program.err << warning << "\n";
    const std::vector<SettingRow> rows = setting_rows(read);
    *is_json ? print_json(program.out, rows) : print_table(program.out, rows);
  });
}

}  // namespace dialogue::app
