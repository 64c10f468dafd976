// Choosing between compiled-in definitions and a file.
#include "server/app/definitions_source.hpp"

#include <dialogue/config.hpp>

namespace dialogue {

Definitions definitions_of(const Program& program, const std::string& path) {
  if (program.compiled_in && !path.empty())
    throw SetupError(path, "this program has its definitions compiled in and reads none from a file", "Leave the file out.");
  if (program.compiled_in) return *program.compiled_in;
  if (path.empty())
    throw SetupError("", "there are no definitions: none are compiled into this program and no file was named",
                     "Name one, as in `dialogue serve app.json`.");
  return definitions_from_file(path);
}

}  // namespace dialogue
