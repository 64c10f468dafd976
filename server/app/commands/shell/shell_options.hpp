// The common options of `tail`, `publish` and `rooms`: the server, and the identity. Used by one thread.
#pragma once
#include <cstdint>
#include <string>

#include "server/app/process/program.hpp"
#include "server/shell/session.hpp"
#include "server/shell/shell_command.hpp"

namespace dialogue::app {

struct ShellOptions {
  std::string url, token, user;
  load::TlsTrust trust;
  std::uint32_t timeout_s = 30;
};

void add_shell_options(CLI::App& command, ShellOptions& options);
/// --timeout, for commands that end by themselves.
void add_timeout_option(CLI::App& command, ShellOptions& options);

/// Throws SetupError where they contradict each other.
[[nodiscard]] shell::ConnectOptions connect_options(const Program& program, const ShellOptions& options);
[[nodiscard]] shell::Streams shell_streams(Program& program);

}  // namespace dialogue::app
