// `dialogue check app.json [--against OLD]`: whether definitions are right, and what changed since an older version of them.
// `dialogue check --reload`: what a running server would change if it read its settings again.
#include <CLI/CLI.hpp>
#include <dialogue/config.hpp>
#include <memory>
#include <ostream>

#include "server/app/commands/definitions_source.hpp"
#include "server/app/commands/remote/json_member.hpp"
#include "server/app/commands/remote/reload_preview.hpp"
#include "server/app/commands/remote/server_question.hpp"
#include "server/app/process/program.hpp"
#include "server/app/settings/files/distinct_files.hpp"
#include "server/app/settings/serve_config.hpp"
#include "server/app/settings/settings_flags.hpp"
#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/compatibility/served_rooms.hpp"

namespace dialogue::app {
namespace {

/// "1 event", "2 events".
std::string count(std::size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

void check(Program& program, const ReadSettings& read, const std::string& old_path) {
  const Settings& settings = read.settings;
  const std::string& path = settings.program.app;
  if (!program.compiled_in && read.places.empty()) throw CLI::RequiredError("app");
  const Definitions definitions = definitions_to_serve(program, settings);
  for (const std::string& warning : read.warnings) program.err << warning << "\n";
  Config config = serve_config(settings, program.environment, definitions);
  config.logger = [&program](const LogLine& line) {
    if (line.event == "certificate_ends") program.err << "warning: " << shown_member(line.fields, "message") << "\n";
  };
  check_distinct_files(settings);
  check_serve_config(settings, std::move(config));
  std::string counts = count(definitions.events.size(), "event") + ", " + count(definitions.rooms.size(), "room");
  if (!definitions.calls.empty()) counts += ", " + count(definitions.calls.size(), "call");
  if (is_open(program, settings))
    program.out << "No definitions: serve accepts any room and any event. The settings are valid\n";
  else
    program.out << (path.empty() ? "The definitions" : path) << ": " << counts << ", no fault\n";
  for (const definitions::Crossing& crossing : definitions::crossings(definitions.rooms))
    program.err << "warning: the rooms " << crossing.a->id << " and " << crossing.b->id << " both match \"" << crossing.id
                << "\"; " << crossing.serves->id << " serves it because it has more text before its parameter. Rename one "
                << "of the two if that is not intended.\n";
  if (old_path.empty()) return;

  const std::vector<definitions::Change> changes = definitions::compare_definitions(definitions_from_file(old_path), definitions);
  for (const definitions::Change& change : changes) program.out << definitions::format_change(change) << "\n";
  if (changes.empty()) program.out << "Nothing changed since " << old_path << "\n";
  if (definitions::is_breaking(changes)) program.exit_code = kExitRefused;
}

}  // namespace

void add_check_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand(
      "check",
      "Checks the definitions, and the settings that serve would use. Reports every fault that would stop serve, with line and "
      "column, except an address or a store in use by another server. With --against, lists the changes in "
      "the definitions and exits "
      "with 1 when old clients or stored history would break.");
  auto flags = std::make_shared<SettingFlags>(*command, program.compiled_in.has_value());
  auto old_path = std::make_shared<std::string>();
  command->add_option("--against", *old_path, "The JSON file with the definitions to compare with.")->type_name("OLD");
  auto is_reload = std::make_shared<bool>(false);
  auto preview = std::make_shared<PreviewOptions>();
  command->add_flag("--reload", *is_reload, "Instead, ask a running server for the changes that SIGHUP would make.");
  command
      ->add_option("--server", preview->url,
                   "The server for --reload: http://HOST:PORT. Default: this machine, at the port that the settings have now.")
      ->type_name("URL");
  command->add_option("--key-env", preview->key_variable, "The environment variable with an API key that has the scope admin.")
      ->type_name("NAME");
  command->callback([&program, flags, old_path, is_reload, preview] {
    const auto read = [&] { return flags->settings(program.environment, program.variables); };
    if (!*is_reload) return check(program, read(), *old_path);
    if (preview->url.empty()) preview->url = local_server_url(read().settings.config.listen);
    show_reload_preview(program, *preview);
  });
}

}  // namespace dialogue::app
