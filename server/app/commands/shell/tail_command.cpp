// `dialogue tail URL ROOM`: the events of a room, one a line.
#include <CLI/CLI.hpp>
#include <dialogue/setup_error.hpp>
#include <memory>

#include "server/app/commands/shell/shell_options.hpp"
#include "server/app/process/program.hpp"
#include "server/shell/tail.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kTailExamples =
    "Examples:\n"
    "  dialogue tail http://localhost:8080 chat\n"
    "  dialogue tail http://localhost:8080 chat --last 20 --json | jq .data.text\n"
    "  dialogue tail tcp://localhost:8090 chat --since start --count 100\n"
    "\n"
    "It connects again by itself, continues where it was, and shows each event once. Events that the log no longer has are\n"
    "reported on standard error. It ends with Ctrl-C or when its reader goes, with exit code 0; with 1 when the server\n"
    "refuses.\n";

struct TailOptions {
  ShellOptions shell;
  shell::TailPlan plan;
  std::string since;
  std::uint32_t last = 0;
};

void choose_start(TailOptions& options) {
  shell::TailPlan& plan = options.plan;
  if (!options.since.empty() && options.last > 0) throw SetupError("--since", "--last also sets the start", "Use one of them.");
  if (options.last > 0 || options.since == "start") {
    plan.from = JoinFrom::last;
    plan.position = {0, options.last > 0 ? options.last : kSafeIntegerMax};
  } else if (!options.since.empty()) {
    const auto position = shell::parse_position(options.since);
    if (!position)
      throw SetupError("--since", "\"" + options.since + "\" is not a position",
                       "Write EPOCH:SEQ, as --json shows them, or start for the whole log.");
    plan.from = JoinFrom::since;
    plan.position = *position;
  }
}

void run_tail(Program& program, TailOptions& options) {
  choose_start(options);
  const shell::ConnectOptions connect = connect_options(program, options.shell);
  program.exit_code = shell::Tail(connect, options.plan, shell_streams(program)).run();
}

}  // namespace

void add_tail_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("tail", "Prints the events of a room as they arrive, one a line.");
  auto options = std::make_shared<TailOptions>();
  add_shell_options(*command, options->shell);
  command->add_option("room", options->plan.room, "The room's id.")->required();
  command->add_option("--since", options->since, "Start after this position, EPOCH:SEQ of --json; start: the whole log.")
      ->type_name("POSITION");
  command->add_option("--last", options->last, "Number of newest events to start with.")->check(CLI::Range(1U, 1'000'000'000U));
  command
      ->add_option("--event", options->plan.events,
                   "Only these events: a name, or a prefix followed by *, such as 'order.*'; repeatable.")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command->add_option("--count", options->plan.count, "Exit after this number of events.")->check(CLI::Range(1U, 1'000'000'000U));
  command->add_flag("--json", options->plan.is_json,
                    "Print one JSON object a line: event, roomId, data, from, timestamp, seq, epoch.");
  command->footer(kTailExamples);
  command->callback([&program, options] { run_tail(program, *options); });
}

}  // namespace dialogue::app
