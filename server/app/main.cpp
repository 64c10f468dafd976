// The stock `dialogue` program: definitions come from a file.
#include <iostream>

#include "server/app/process/program.hpp"
#ifdef DIALOGUE_HAS_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef DIALOGUE_HAS_MIMALLOC
  mi_option_set_default(mi_option_decommit_delay, 0);  // what a rush of connections took goes back when it is over: decision 225
#endif
  dialogue::app::Program program{std::nullopt, {}, dialogue::app::process_environment(), std::cin, std::cout, std::cerr};
  return dialogue::app::run_program(program, "dialogue", {argv + 1, argv + argc});
}
