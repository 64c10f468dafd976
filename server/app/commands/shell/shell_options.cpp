// See shell_options.hpp.
#include "server/app/commands/shell/shell_options.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <dialogue/setup_error.hpp>
#include <iostream>

#include "server/app/commands/token_variable.hpp"

namespace dialogue::app {

void add_shell_options(CLI::App& command, ShellOptions& options) {
  command
      .add_option("url", options.url,
                  "The server: http://HOST:PORT, https://HOST, ws:// or wss:// for its WebSocket; tcp://HOST:PORT or "
                  "tls://HOST:PORT for its --tcp-listen.")
      ->required();
  command.add_option("--token", options.token,
                     std::string("The token of a user; preferably set in the environment variable ") + kTokenVariable +
                         ", because command lines are visible to other users.");
  command.add_option("--user", options.user, "A development identity: the user's id. Without an identity and a token: a guest.");
  command.add_option("--ca", options.trust.authorities, "With TLS: trust these authorities; default: the system's.")
      ->type_name("FILE");
  command.add_flag("--insecure", options.trust.believes_anybody, "With TLS: accept any certificate, such as a self-signed one.");
}

void add_timeout_option(CLI::App& command, ShellOptions& options) {
  command.add_option("--timeout", options.timeout_s, "Seconds to wait for an answer; 30. 0: no limit.")
      ->check(CLI::Range(0U, 86'400U));
}

shell::ConnectOptions connect_options(const Program& program, const ShellOptions& options) {
  shell::ConnectOptions connect{
      .url = shell::parse_server_url(options.url), .trust = options.trust, .token = options.token, .user = options.user};
  if (connect.token.empty() && connect.user.empty()) connect.token = program.environment(kTokenVariable).value_or("");
  if (!connect.token.empty() && !connect.user.empty())
    throw SetupError("--user", "a token already identifies the user", "Use --token or --user.");
  if (options.trust.believes_anybody && !options.trust.authorities.empty())
    throw SetupError("--insecure", "--insecure and --ca exclude each other", "Use one of them.");
  if (!connect.url.target.is_secure && (options.trust.believes_anybody || !options.trust.authorities.empty()))
    throw SetupError(options.trust.believes_anybody ? "--insecure" : "--ca", "certificates require TLS",
                     "Write https://, wss:// or tls://, or omit it.");
  return connect;
}

shell::Streams shell_streams(Program& program) {
  return {program.out, program.err, &program.out == &std::cout ? STDOUT_FILENO : -1};
}

}  // namespace dialogue::app
