// Where a subcommand's definitions come from: compiled into the program, or a JSON file named on the command line.
// Used by one thread.
#pragma once
#include <string>

#include "server/app/process/program.hpp"

namespace dialogue::app {

/// The definitions of this run: those compiled in, or those of the file `path` (empty: none was named). Throws SetupError when
/// there is neither or both, and for every fault in the file, one line each, "FILE:LINE:COLUMN: ...".
[[nodiscard]] Definitions definitions_of(const Program& program, const std::string& path);

/// Whether `serve` runs without definitions: none are compiled in, and no file was named. Any room may then be joined, and the
/// event kOpenEvent carries any JSON (docs/decisions/285-serve-without-definitions.md).
[[nodiscard]] bool is_open(const Program& program, const Settings& settings);
inline constexpr const char* kOpenEvent = "message";

/// The definitions that `serve` runs with: definitions_of(), or where there are none those of an open server. Throws SetupError
/// as definitions_of() does, and for an open server that other machines could reach.
[[nodiscard]] Definitions definitions_to_serve(const Program& program, const Settings& settings);

}  // namespace dialogue::app
