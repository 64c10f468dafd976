// The `dialogue` program with a fault planted in its store, which DIALOGUE_PLANTED_FAULT names: what the crash test must find.
// Built for e2e/crash/mutants.test.mjs only; see server/core/planted_fault.hpp.
#include <iostream>
#include <map>
#include <string>

#include "server/app/program.hpp"
#include "server/core/planted_fault.hpp"

namespace {

using dialogue::PlantedFault;

const std::map<std::string, PlantedFault> kFaults = {
    {"none", PlantedFault::none},
    {"ack-before-commit", PlantedFault::ack_before_commit},
    {"deliver-before-commit", PlantedFault::deliver_before_commit},
    {"dedupe-in-memory", PlantedFault::dedupe_in_memory},
    {"dedupe-apart", PlantedFault::dedupe_apart},
    {"no-sync", PlantedFault::no_sync},
};

}  // namespace

int main(int argc, char** argv) {
  const dialogue::Environment environment = dialogue::process_environment();
  const auto fault = kFaults.find(environment("DIALOGUE_PLANTED_FAULT").value_or(""));
  if (fault == kFaults.end()) {
    std::cerr << "DIALOGUE_PLANTED_FAULT names no fault of tests/mutant/dialogue_mutant.cpp\n";
    return 1;
  }
  dialogue::planted_fault = fault->second;
  dialogue::Program program{std::nullopt, {}, environment, std::cin, std::cout, std::cerr};
  return dialogue::run_program(program, "dialogue_mutant", {argv + 1, argv + argc});
}
