// Choosing between compiled-in definitions and a file.
#include "server/app/commands/definitions_source.hpp"

#include <dialogue/config.hpp>

#include "server/app/settings/serve_config.hpp"

namespace dialogue::app {

Definitions definitions_of(const Program& program, const std::string& path) {
  if (program.compiled_in && !path.empty())
    throw SetupError(path, "this program has compiled-in definitions and does not read any from a file", "Omit the file.");
  if (program.compiled_in) return *program.compiled_in;
  if (path.empty())
    throw SetupError("", "no definitions: this program has none compiled in, and no file was named",
                     "Name one, as in `dialogue check app.json`, or as \"app\" in the file of --config.");
  return definitions_from_file(path);
}

bool is_open(const Program& program, const Settings& settings) { return !program.compiled_in && settings.program.app.empty(); }

Definitions definitions_to_serve(const Program& program, const Settings& settings) {
  if (!is_open(program, settings)) return definitions_of(program, settings.program.app);
  if (is_public(settings.config))
    throw SetupError(
        "--listen " + settings.config.listen,
        "without definitions, any client may join any room and send any event, and other machines can reach this address",
        "Name the definitions, as in `dialogue serve app.json`, or listen on 127.0.0.1.");
  const std::string event = kOpenEvent;
  return definitions_from_json(
      R"({"events":{")" + event + R"(":{"schema":true}},"rooms":{"{room}":{"events":[")" + event + R"("]}}})", "no definitions");
}

}  // namespace dialogue::app
