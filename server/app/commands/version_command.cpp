// `dialogue version`: what this program is.
#include <CLI/CLI.hpp>
#include <ostream>

#include "server/app/process/program.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::app {

void add_version_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("version", "Prints the versions of this program and of the protocol.");
  command->callback([&app, &program] {
    if (!program.hooks.version.empty()) program.out << app.get_name() << " " << program.hooks.version << "\n";
    program.out << "dialogue " << DIALOGUE_VERSION << " (protocol " << kProtocolVersion << ")\n";
  });
}

}  // namespace dialogue::app
