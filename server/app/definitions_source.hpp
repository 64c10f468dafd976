// Where a subcommand's definitions come from: compiled into the program, or a JSON file named on the command line.
// Used by one thread.
#pragma once
#include <string>

#include "server/app/program.hpp"

namespace dialogue {

/// The definitions of this run: those compiled in, or those of the file `path` (empty: none was named). Throws SetupError when
/// there is neither or both, and for every fault in the file, one line each, "FILE:LINE:COLUMN: ...".
[[nodiscard]] Definitions definitions_of(const Program& program, const std::string& path);

}  // namespace dialogue
