// `dialogue check --reload`: what a running server would change if it read its settings again now.
#pragma once
#include <string>

#include "server/app/process/program.hpp"

namespace dialogue::app {

struct PreviewOptions {
  std::string url;
  std::string key_variable;  ///< names the variable with the API key; empty: none
};

/// Prints a line per change; exit code 1 where the server would refuse the settings, or does not answer.
void show_reload_preview(Program& program, const PreviewOptions& options);

}  // namespace dialogue::app
