// A command line in a process of its own.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "server/app/process/program.hpp"
#include "server/app/process/standard_output.hpp"
#include "server/ops/log_sink.hpp"
#include "shared/base/printable.hpp"

namespace dialogue::app {

std::string json_line(const Program& program, std::string json) {
  static const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return is_terminal && &program.out == &std::cout ? printable_json(json) : std::move(json);
}

int run_process(std::optional<Definitions> compiled_in, AppHooks hooks, const std::string& name,
                const std::vector<std::string>& arguments) {
  StandardOutput output;
  Program program{std::move(compiled_in), std::move(hooks), process_environment(), std::cin, std::cout, std::cerr};
  const int exit_code = run_program(program, name, arguments);
  if (ops::is_log_stuck()) std::_Exit(exit_code);  // standard output would be waited for
  return output.finish(exit_code, std::cerr);
}

}  // namespace dialogue::app
