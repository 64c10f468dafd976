// The whole program around an application's own definitions: the subcommands serve, check, validate, codegen and version.
//
//   int main(int argc, char** argv) { return dialogue::run_app(argc, argv, chat_app); }
//
// Link Dialogue::app. Call once, from main's thread.
#pragma once
#include <functional>
#include <string>

#include <dialogue/instance.hpp>
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// Where an application takes part in the program that run_app makes of it.
struct AppHooks {
  /// Called once by `serve`, before it listens: register hooks and handlers, create rooms. May throw SetupError.
  std::function<void(Instance&)> on_setup = {};
  /// What `version` says after the program's name, for example "1.4.0"; empty: Dialogue's own version alone.
  std::string version = {};
};

/// Runs the command line and returns the exit code: 0 done, 1 refused, 2 not understood. `serve` returns after SIGTERM or SIGINT.
[[nodiscard]] int run_app(int argc, const char* const* argv, Definitions definitions, AppHooks hooks = {});

}  // namespace dialogue
