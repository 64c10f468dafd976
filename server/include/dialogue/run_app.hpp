// A complete program for an application's own definitions, with the subcommands serve, check, validate, codegen and version.
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

/// The application's functions that run_app calls.
struct AppHooks {
  /// Called once by `serve`, before it listens: register hooks and handlers, create rooms. May throw SetupError.
  std::function<void(Instance&)> on_setup = {};
  /// Application version that `version` prints after the program's name, for example "1.4.0". Empty: Dialogue's version only.
  std::string version = {};
};

/// Runs the command line and returns the exit code: 0 success, 1 failure, 2 usage error. `serve` returns after SIGTERM or SIGINT.
[[nodiscard]] int run_app(int argc, const char* const* argv, Definitions definitions, AppHooks hooks = {});

}  // namespace dialogue
