// One run of the program: what it was given and where it writes. Each subcommand lives in its own file and adds itself to the
// command line; its exit code is 0 for done, 1 for "what you gave me is wrong" (a definition, a payload, an address in use), 2
// for a command line that cannot be understood. Used by one thread.
#pragma once
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <dialogue/run_app.hpp>
#include "server/app/settings/settings_sources.hpp"
#include "shared/schema/definitions.hpp"

namespace CLI {
class App;
}

namespace dialogue::app {

inline constexpr int kExitDone = 0, kExitRefused = 1, kExitUsage = 2;

struct Program {
  std::optional<Definitions> compiled_in;  ///< absent in the stock program, which reads them from a file
  AppHooks hooks;
  Environment environment;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  int exit_code = kExitDone;  ///< set by the subcommand that ran
  std::vector<std::string> variables = process_variables();
};

/// Prints a line of JSON: on a terminal without control characters; in a file unchanged, because hashes cover it.
[[nodiscard]] std::string json_line(const Program& program, std::string json);

/// Runs one command line (without the program's name) and returns its exit code. Never throws.
[[nodiscard]] int run_program(Program& program, const std::string& name, const std::vector<std::string>& arguments);

/// Runs the process's command line with its own streams and environment, as the whole of main(). A command whose output cannot be
/// written fails.
[[nodiscard]] int run_process(std::optional<Definitions> compiled_in, AppHooks hooks, const std::string& name,
                              const std::vector<std::string>& arguments);

void add_serve_command(CLI::App& app, Program& program);
void add_check_command(CLI::App& app, Program& program);
void add_validate_command(CLI::App& app, Program& program);
void add_codegen_command(CLI::App& app, Program& program);
void add_store_command(CLI::App& app, Program& program);
void add_replay_command(CLI::App& app, Program& program);
void add_token_command(CLI::App& app, Program& program);
void add_keys_command(CLI::App& app, Program& program);
void add_bench_command(CLI::App& app, Program& program);
void add_tail_command(CLI::App& app, Program& program);
void add_publish_command(CLI::App& app, Program& program);
void add_rooms_command(CLI::App& app, Program& program);
void add_config_command(CLI::App& app, Program& program);
void add_health_command(CLI::App& app, Program& program);
void add_call_command(CLI::App& app, Program& program);
void add_drain_command(CLI::App& app, Program& program);
void add_top_command(CLI::App& app, Program& program);
void add_why_command(CLI::App& app, Program& program);
void add_doctor_command(CLI::App& app, Program& program);
void add_audit_command(CLI::App& app, Program& program);
void add_erase_command(CLI::App& app, Program& program);
void add_export_command(CLI::App& app, Program& program);
void add_version_command(CLI::App& app, Program& program);

}  // namespace dialogue::app
