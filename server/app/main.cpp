// The stock `dialogue` program: definitions come from a file.
#include "server/app/process/program.hpp"
#ifdef DIALOGUE_HAS_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef DIALOGUE_HAS_MIMALLOC
  mi_option_set_default(mi_option_decommit_delay, 0);  // the memory of a burst of connections is returned after it: decision 225
#endif
  return dialogue::app::run_process(std::nullopt, {}, "dialogue", {argv + 1, argv + argc});
}
