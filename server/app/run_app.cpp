// run_app: the same program with an application's definitions compiled in.
#include <dialogue/run_app.hpp>
#include <filesystem>
#include <iostream>

#include "server/app/process/program.hpp"

namespace dialogue {

int run_app(int argc, const char* const* argv, Definitions definitions, AppHooks hooks) {
  app::Program program{std::move(definitions), std::move(hooks), app::process_environment(), std::cin, std::cout, std::cerr};
  return app::run_program(program, std::filesystem::path(argv[0]).filename().string(), {argv + 1, argv + argc});
}

}  // namespace dialogue
