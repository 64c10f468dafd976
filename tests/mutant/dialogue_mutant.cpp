// The `dialogue` program with a fault planted in its store, which DIALOGUE_PLANTED_FAULT names: what the crash test must find.
// Built for e2e/crash/mutants.test.mjs only; see shared/base/mutation.hpp.
#include <iostream>
#include <map>
#include <string>

#include "server/app/process/program.hpp"
#include "shared/base/mutation.hpp"

namespace {

using dialogue::Mutation;

const std::map<std::string, Mutation> kFaults = {
    {"none", Mutation::none},
    {"ack-before-commit", Mutation::acknowledged_before_commit},
    {"deliver-before-commit", Mutation::delivered_before_commit},
    {"dedupe-in-memory", Mutation::producers_in_memory},
    {"dedupe-apart", Mutation::producers_apart},
    {"no-sync", Mutation::no_sync},
};

}  // namespace

int main(int argc, char** argv) {
  const dialogue::app::Environment environment = dialogue::app::process_environment();
  const auto fault = kFaults.find(environment("DIALOGUE_PLANTED_FAULT").value_or(""));
  if (fault == kFaults.end()) {
    std::cerr << "DIALOGUE_PLANTED_FAULT names no fault of tests/mutant/dialogue_mutant.cpp\n";
    return 1;
  }
  dialogue::mutation = fault->second;
  dialogue::app::Program program{std::nullopt, {}, environment, std::cin, std::cout, std::cerr};
  return dialogue::app::run_program(program, "dialogue_mutant", {argv + 1, argv + argc});
}
