// npm run simulate: runs seeds, makes what fails smaller, and says how to run it again.
//
//   dialogue_simulate --seeds 1..2000            many, with the rate
//   dialogue_simulate --seed 7 --verbose         one, with everything that happens
//   dialogue_simulate --seed 7 --keep 1,4,9      one, of whose steps only these are carried out
//   dialogue_simulate --tap --seeds 1..2000      for `npm test`: a test for each hundred
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/shrink.hpp"
#include "tests/simulation/world/world.hpp"

namespace {

using namespace dialogue::simulation;

constexpr std::uint64_t kSeedsPerTest = 100;
constexpr std::uint64_t kAcknowledgementsMin = 20;  ///< per seed; with fewer nothing has been put to the test

struct Options {
  Request request;
  std::uint64_t first = 1, last = 1000;
  bool is_tap = false;
};

struct Sum {
  std::uint64_t seeds = 0, failures = 0, events = 0, acknowledgements = 0;
  double seconds = 0;
};

/// What is running, for a crash that leaves no time to say more.
volatile std::sig_atomic_t running_seed = 0;

void say_seed(int signal) {
  char text[] = "\nnot ok 0 - a crash at seed          0; run it again in the asan preset\n";
  char* digit = std::strstr(text, " 0;") + 1;
  for (auto seed = static_cast<std::uint64_t>(running_seed); seed > 0; seed /= 10) *digit-- = static_cast<char>('0' + seed % 10);
  if (::write(STDOUT_FILENO, text, sizeof(text) - 1) < 0) std::abort();
  std::signal(signal, SIG_DFL);
  static_cast<void>(std::raise(signal));
}

[[noreturn]] void misused(const std::string& what) {
  std::fprintf(stderr, "%s\nusage: npm run simulate -- [--seed S] [--seeds FROM..TO] [--steps N] [--keep I,J,...] [--verbose]\n",
               what.c_str());
  std::exit(2);
}

std::uint64_t number(std::string_view text) {
  char* end = nullptr;
  const std::string copy(text);
  const std::uint64_t value = std::strtoull(copy.c_str(), &end, 10);
  if (copy.empty() || *end != '\0') misused("not a number: " + copy);
  return value;
}

std::vector<std::uint32_t> numbers(std::string_view text) {
  std::vector<std::uint32_t> list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    list.push_back(static_cast<std::uint32_t>(number(text.substr(0, comma))));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

Options read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view flag = words[i];
    if (flag == "--verbose" || flag == "--tap") {
      (flag == "--tap" ? options.is_tap : options.request.is_verbose) = true;
      continue;
    }
    if (i + 1 == count) misused("unknown or without a value: " + std::string(flag));
    const std::string_view value = words[++i];
    const std::size_t dots = value.find("..");
    if (flag == "--seed") {
      options.first = options.last = number(value);
    } else if (flag == "--seeds" && dots != std::string_view::npos) {
      options.first = number(value.substr(0, dots));
      options.last = number(value.substr(dots + 2));
    } else if (flag == "--steps") {
      options.request.steps = static_cast<std::uint32_t>(number(value));
    } else if (flag == "--keep") {
      options.request.keep = numbers(value);
    } else {
      misused("unknown: " + std::string(flag));
    }
  }
  return options;
}

/// Says what was found in a seed, as small as it gets.
void tell(const Request& request, const Outcome& outcome, const char* before) {
  std::printf("%sseed %llu: %s\n", before, static_cast<unsigned long long>(request.seed), outcome.violation.c_str());
  if (request.keep) return;
  const Shrunk shrunk = shrink(request, outcome.violation);
  std::string kept;
  for (const Step& step : shrunk.steps) {
    kept += (kept.empty() ? "" : ",") + std::to_string(step.index);
    std::printf("%s  %s\n", before, text_of(step).c_str());
  }
  const std::string steps = request.steps == 0 ? "" : " --steps " + std::to_string(request.steps);
  std::printf("%s  which says: %s\n%sagain: npm run simulate -- --seed %llu%s --keep %s --verbose\n", before,
              shrunk.violation.c_str(), before, static_cast<unsigned long long>(request.seed), steps.c_str(), kept.c_str());
}

void run_one(const Options& options, std::uint64_t seed, Sum& sum) {
  Request request = options.request;
  request.seed = seed;
  running_seed = static_cast<std::sig_atomic_t>(seed);
  const Outcome outcome = run(request);
  ++sum.seeds;
  sum.events += outcome.events;
  sum.acknowledgements += outcome.acknowledgements;
  if (outcome.violation.empty()) return;
  if (++sum.failures <= 3) tell(request, outcome, options.is_tap ? "# " : "");
}

Sum run_all(const Options& options) {
  Sum sum;
  const auto begin = std::chrono::steady_clock::now();
  Sum before;
  std::uint64_t test = 0;
  for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
    run_one(options, seed, sum);
    const bool is_test_over = (seed - options.first + 1) % kSeedsPerTest == 0 || seed == options.last;
    if (!options.is_tap || !is_test_over) continue;
    const bool is_idle = sum.acknowledgements - before.acknowledgements < kAcknowledgementsMin * (sum.seeds - before.seeds);
    if (is_idle) std::printf("# too little has happened\n");
    std::printf("%s %llu - seeds to %llu keep every promise\n", is_idle || sum.failures > before.failures ? "not ok" : "ok",
                static_cast<unsigned long long>(++test), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    before = sum;
  }
  sum.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return sum;
}

}  // namespace

int main(int count, char** words) {
  const Options options = read_options(count, words);
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE}) std::signal(signal, say_seed);
  const Sum sum = run_all(options);
  constexpr double kSecondsPerMinute = 60, kMillion = 1e6;
  std::printf("# %llu seeds in %.1f s: %.1f million steps a minute, %llu acknowledgements, %llu failures\n",
              static_cast<unsigned long long>(sum.seeds), sum.seconds,
              static_cast<double>(sum.events) / sum.seconds * kSecondsPerMinute / kMillion,
              static_cast<unsigned long long>(sum.acknowledgements), static_cast<unsigned long long>(sum.failures));
  return sum.failures == 0 ? 0 : 1;
}
