// `dialogue health [URL]`: asks a server whether it lives, or whether it takes new work. For containers and scripts without curl.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "server/app/commands/remote/server_question.hpp"
#include "server/app/process/program.hpp"
#include "shared/base/printable.hpp"

namespace dialogue::app {
namespace {

constexpr std::uint32_t kTimeoutMaxS = 600;

struct HealthOptions {
  std::string url;
  bool is_ready = false;
  std::uint32_t timeout_s = 5;
};

void ask(Program& program, const HealthOptions& options) {
  const std::string text = options.url.empty() ? default_server_url(program.environment) : options.url;
  const std::string target = options.is_ready ? "/ready" : "/health", asked = asked_url(text, target);
  const ServerAnswer answer = ask_server({text, target, {}, false, options.timeout_s});
  if (!answer.fault.empty()) {
    program.err << asked << ": " << answer.fault << "\n";
    program.exit_code = kExitRefused;
    return;
  }
  const bool is_well = answer.status == kHttpOk;
  (is_well ? program.out : program.err) << asked << ": " << answer.status << " " << printable_json(answer.body)
                                        << (answer.body.ends_with('\n') ? "" : "\n");
  if (!is_well) program.exit_code = kExitRefused;
}

}  // namespace

void add_health_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("health", "Checks whether a server is alive; the exit code is 0 if it is, else 1.");
  auto options = std::make_shared<HealthOptions>();
  command->add_option("url", options->url,
                      "The server: http://HOST:PORT, https://HOST, or unix:PATH of --admin-listen. Default: the address of "
                      "DIALOGUE_LISTEN, or this machine at port 8080.");
  command->add_flag("--ready", options->is_ready, "Check /ready instead: whether the server accepts new connections.");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for the answer; 5.")->check(CLI::Range(1U, kTimeoutMaxS));
  command->callback([&program, options] { ask(program, *options); });
}

}  // namespace dialogue::app
