// run_app: the same program with an application's definitions compiled in.
#include <dialogue/run_app.hpp>
#include <filesystem>
#include <utility>

#include "server/app/process/program.hpp"

namespace dialogue {

int run_app(int argc, const char* const* argv, Definitions definitions, AppHooks hooks) {
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  return app::run_process(std::move(definitions), std::move(hooks), name, {argv + 1, argv + argc});
}

}  // namespace dialogue
