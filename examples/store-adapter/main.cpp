// Serves one room whose log is kept by a store of our own. Run: ./store_adapter [JOURNAL], say something, stop it with Ctrl-C,
// start it again: what was said is still there.
#include <csignal>
#include <dialogue/dialogue.hpp>
#include <exception>
#include <iostream>

#include "examples/store-adapter/journal_store.hpp"

namespace {

struct Note {
  std::string text;
};
constexpr auto note = dialogue::define_event<Note>("note", dialogue::field<&Note::text>("text", dialogue::max_length(500)));
constexpr auto board = dialogue::define_room("board", {.name = "Notice board"}, note);
constexpr auto app = dialogue::define_app(board);

}  // namespace

int main(int argc, char** argv) try {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  dialogue::Config config;
  config.definitions = app;
  config.store = std::make_shared<example::JournalStore>(argc > 1 ? argv[1] : "board.journal");
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  server.listen();
  std::cout << "listening on port " << server.port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
} catch (const std::exception& fault) {
  std::cerr << fault.what() << "\n";
  return 1;
}
