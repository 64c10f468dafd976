// A program of its own with Dialogue inside: it serves games, follows every move, and answers the first one of each game.
// Run: ./embedding [HOST:PORT], and end it with Ctrl-C. docs/guides/embedding.md explains each call.
#include <csignal>
#include <dialogue/dialogue.hpp>
#include <iostream>

#include "examples/embedding/game.hpp"
#include "examples/embedding/opponent.hpp"

namespace {

/// Blocks SIGINT and SIGTERM in this thread and in all that it will start, so that wait_for_end() gets them.
sigset_t hold_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void wait_for_end(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace

int main(int argc, char** argv) try {
  const sigset_t signals = hold_signals();
  dialogue::Config config;
  config.definitions = game::app;
  config.listen = argc > 1 ? argv[1] : "127.0.0.1:8080";
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  game::add_opponent(server);
  server.listen();
  std::cout << "listening on port " << server.port() << std::endl;
  wait_for_end(signals);
  server.stop();
  return 0;
} catch (const dialogue::SetupError& fault) {
  std::cerr << fault.what() << "\n";
  return 1;
}
