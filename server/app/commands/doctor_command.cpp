// `dialogue doctor URL`: tests a deployed server through its proxy, and says what to change.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <dialogue/setup_error.hpp>
#include <iostream>
#include <memory>

#include "server/app/commands/token_variable.hpp"
#include "server/app/process/program.hpp"
#include "server/doctor/doctor.hpp"
#include "server/doctor/verdict/report.hpp"

namespace dialogue::app {
namespace {

constexpr unsigned kSecondsDefault = 75, kSecondsMin = 2, kSecondsMax = 86'400;

struct DoctorOptions {
  std::string url, token;
  unsigned seconds = kSecondsDefault;
  load::TlsTrust trust;
  bool is_json = false;
};

doctor::Terms terms_of(const Program& program, const DoctorOptions& options) {
  doctor::Terms terms{.url = doctor::parse_doctor_url(options.url),
                      .trust = options.trust,
                      .token = options.token,
                      .seconds = std::chrono::seconds(options.seconds)};
  if (terms.token.empty()) terms.token = program.environment(kTokenVariable).value_or("");
  const bool has_trust = options.trust.believes_anybody || !options.trust.authorities.empty();
  if (options.trust.believes_anybody && !options.trust.authorities.empty())
    throw SetupError("--insecure", "--insecure and --ca exclude each other", "Use one of them.");
  if (!terms.url.is_secure && has_trust)
    throw SetupError(options.trust.believes_anybody ? "--insecure" : "--ca", "certificates require TLS",
                     "Write https:// or wss://, or omit it.");
  return terms;
}

void run_doctor(Program& program, const DoctorOptions& options) {
  const bool is_terminal = &program.err == &std::cerr && isatty(STDERR_FILENO) == 1;
  const auto findings = doctor::examine(terms_of(program, options), is_terminal ? &program.err : nullptr);
  if (options.is_json)
    program.out << doctor::report_json(options.url, findings) << "\n";
  else
    program.out << doctor::report_text(findings);
  program.exit_code = doctor::count_of(findings, doctor::Verdict::fault) == 0 ? kExitDone : kExitRefused;
}

}  // namespace

void add_doctor_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("doctor", "Tests a deployed server from outside, through its proxy, and recommends changes.");
  auto options = std::make_shared<DoctorOptions>();
  command->add_option("url", options->url, "The server's public address: https://HOST, http://HOST:PORT, wss:// or ws://.")
      ->required();
  command
      ->add_option("--seconds", options->seconds,
                   "Seconds for which connections are kept open to find timeouts; 75, three times the server's ping interval.")
      ->check(CLI::Range(kSecondsMin, kSecondsMax));
  command->add_option("--token", options->token,
                      std::string("The token of a user; preferably set in the environment variable ") + kTokenVariable +
                          ", because command lines are visible to other users. Default: a guest.");
  command->add_option("--ca", options->trust.authorities, "With TLS: trust these authorities; default: the system's.")
      ->type_name("FILE");
  command->add_flag("--insecure", options->trust.believes_anybody,
                    "With TLS: accept any certificate, such as a self-signed one.");
  command->add_flag("--json", options->is_json, "One JSON object: findings with check, verdict, found, figures and advice.");
  command->footer(
      "Checks the address and its certificate, WebSocket, streamed responses, push streams, long polling, how long\n"
      "connections live, the size of requests, and the origin of pages. Each has a line: ok, warning or fault, and below\n"
      "it what to change, for nginx and for HAProxy. All run at the same time.\n"
      "Exit code: 0 without a fault, 1 with one.\n");
  command->callback([&program, options] { run_doctor(program, *options); });
}

}  // namespace dialogue::app
