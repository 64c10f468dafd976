// `dialogue rooms URL`: the rooms that this user may join.
#include <CLI/CLI.hpp>
#include <memory>

#include "server/app/commands/shell/shell_options.hpp"
#include "server/app/process/program.hpp"
#include "server/shell/rooms.hpp"

namespace dialogue::app {
namespace {

struct RoomsOptions {
  ShellOptions shell;
  bool is_json = false;
};

void run_rooms(Program& program, const RoomsOptions& options) {
  const shell::ConnectOptions connect = connect_options(program, options.shell);
  const std::uint64_t patience_ms = std::uint64_t{1000} * options.shell.timeout_s;
  program.exit_code = shell::Rooms(connect, options.is_json, patience_ms, shell_streams(program)).run();
}

}  // namespace

void add_rooms_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("rooms", "Lists the current rooms that this user may join.");
  auto options = std::make_shared<RoomsOptions>();
  add_shell_options(*command, options->shell);
  add_timeout_option(*command, options->shell);
  command->add_flag("--json", options->is_json, "Print one JSON object a line: id, name, size, maxSize.");
  command->footer("Each line has the room's id, number of members, maximum number of members and name, separated by tabs.\n");
  command->callback([&program, options] { run_rooms(program, *options); });
}

}  // namespace dialogue::app
