// The stock `dialogue` program: definitions come from a file.
#include <iostream>

#include "server/app/program.hpp"

int main(int argc, char** argv) {
  dialogue::Program program{std::nullopt, {}, dialogue::process_environment(), std::cin, std::cout, std::cerr};
  return dialogue::run_program(program, "dialogue", {argv + 1, argv + argc});
}
