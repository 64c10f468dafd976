// `dialogue publish URL ROOM EVENT [JSON|-]`: payloads become events of a room.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <memory>

#include "server/app/commands/shell/shell_options.hpp"
#include "server/app/process/program.hpp"
#include "server/shell/publish.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kPublishExamples =
    "Examples:\n"
    "  dialogue publish http://localhost:8080 chat message '{\"text\":\"Hello\"}'\n"
    "  jq -c .[] orders.json | dialogue publish tcp://localhost:8090 orders order.placed\n"
    "\n"
    "Each line of standard input is one event. Payloads are checked before they are sent. The exit code is 0 when the server\n"
    "has accepted all of them, 1 when one was refused (standard error names its line and why), 130 after Ctrl-C. A connection\n"
    "that is lost is made again, and nothing is published twice.\n";

struct PublishOptions {
  ShellOptions shell;
  shell::PublishPlan plan;
  std::string payload = "-";
};

void run_publish(Program& program, PublishOptions& options) {
  shell::PublishPlan& plan = options.plan;
  if (options.payload != "-") plan.payload = options.payload;
  plan.input = STDIN_FILENO;
  plan.patience_ms = std::uint64_t{1000} * options.shell.timeout_s;
  const shell::ConnectOptions connect = connect_options(program, options.shell);
  program.exit_code = shell::Publish(connect, plan, shell_streams(program)).run();
}

}  // namespace

void add_publish_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("publish", "Publishes events to a room and waits for their acknowledgement.");
  auto options = std::make_shared<PublishOptions>();
  add_shell_options(*command, options->shell);
  add_timeout_option(*command, options->shell);
  command->add_option("room", options->plan.room, "The room's id.")->required();
  command->add_option("event", options->plan.event, "The event's name.")->required();
  command->add_option("payload", options->payload, "The payload as JSON. Omitted or -: one payload per line of standard input.")
      ->type_name("JSON");
  command->add_flag("--json", options->plan.is_json,
                    "Print one JSON object for each accepted event: line, epoch, seq, timestamp, duplicate.");
  command->footer(kPublishExamples);
  command->callback([&program, options] { run_publish(program, *options); });
}

}  // namespace dialogue::app
