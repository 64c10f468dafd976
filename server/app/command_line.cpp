// The command line as a whole: the subcommands, the help text, and how faults become messages and exit codes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <dialogue/setup_error.hpp>
#include <iostream>

#include "server/app/process/program.hpp"
#include "server/app/settings/setting_rows.hpp"
#include "server/definitions/source/suggestion.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kDescription =
    "Dialogue: realtime rooms and events, typed on both ends by one definition.\n"
    "Each subcommand has help: `dialogue serve --help`.";

int refuse(const CLI::App& app, const std::string& fault, Program& program) {
  program.err << app.get_name() << ": " << fault << "\n"
              << "Run `" << app.get_name() << " --help`, also after a subcommand, for usage.\n";
  return kExitUsage;
}

/// For a flag that the subcommand does not have and that is nearly one of its own: " Did you mean `--static`?"
std::string flag_suggestion(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (app.get_subcommands().empty()) return {};
  const CLI::App& command = *app.get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (const std::string hint = definitions::did_you_mean(name, known); !hint.empty()) return ". " + hint;
  }
  return {};
}

/// A request for help is not a fault.
int explain(const CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& reason, Program& program) {
  if (reason.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success))
    return refuse(app, reason.what() + flag_suggestion(app, arguments), program);
  return app.exit(reason, program.out, program.err);
}

/// CLI11 reports a mistyped subcommand as a missing one; this names it.
std::string unknown_subcommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with("-")) return {};
  std::string names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == arguments[0]) return {};
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return "there is no subcommand \"" + arguments[0] + "\"; there are " + names;
}

}  // namespace

int run_program(Program& program, const std::string& name, const std::vector<std::string>& arguments) {
  CLI::App app(kDescription, name);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  add_serve_command(app, program);
  add_check_command(app, program);
  add_validate_command(app, program);
  add_codegen_command(app, program);
  add_store_command(app, program);
  add_replay_command(app, program);
  add_token_command(app, program);
  add_keys_command(app, program);
  add_bench_command(app, program);
  add_tail_command(app, program);
  add_publish_command(app, program);
  add_rooms_command(app, program);
  add_config_command(app, program);
  add_health_command(app, program);
  add_call_command(app, program);
  add_drain_command(app, program);
  add_top_command(app, program);
  add_why_command(app, program);
  add_doctor_command(app, program);
  add_audit_command(app, program);
  add_erase_command(app, program);
  add_export_command(app, program);
  add_version_command(app, program);
  try {
    if (const std::string fault = unknown_subcommand(app, arguments); !fault.empty()) return refuse(app, fault, program);
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return program.exit_code;
  } catch (const CLI::ParseError& reason) { return explain(app, arguments, reason, program); } catch (const SetupError& fault) {
    program.err << in_flags(fault).what() << "\n";
    return kExitRefused;
  } catch (const std::exception& fault) {
    program.err << fault.what() << "\n";
    return kExitRefused;
  }
}

}  // namespace dialogue::app
