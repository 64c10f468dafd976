// The test of the test: bugs that are compiled in on purpose, each of which the simulator must find within its everyday budget.
// Prints TAP.
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/mutation.hpp"
#include "tests/simulation/world/world.hpp"

#ifndef DIALOGUE_MUTATIONS
#error "tests/simulation/CMakeLists.txt defines DIALOGUE_MUTATIONS for this program and compiles what has bugs into it"
#endif

namespace {

using namespace dialogue;
using namespace dialogue::simulation;

constexpr std::uint64_t kEverydaySeeds = 2000, kSoundSeeds = 50;

struct Planted {
  Mutation bug;
  std::string_view name;
};
constexpr std::array kPlanted = {
    Planted{Mutation::delivered_before_commit, "events shown before they are kept"},
    Planted{Mutation::producers_in_memory, "producers' numbers that a restart forgets"},
    Planted{Mutation::skip_at_page_end_forgotten, "a SKIP that is missing at the end of a page"},
    Planted{Mutation::numbers_given_anew, "another number for a publication that is sent again"},
    Planted{Mutation::answered_is_received, "a poll's answer that counts as received"},
    Planted{Mutation::repeated_is_taken, "a request that comes twice and is taken twice"},
    Planted{Mutation::stream_resumes_at_head, "a push stream that continues with the id of the head"},
};

struct Found {
  std::uint64_t seed;
  std::string violation;
};

std::optional<Found> find(Mutation bug, std::uint64_t seeds) {
  mutation = bug;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    if (std::string violation = run({.seed = seed, .steps = 0, .keep = {}, .is_verbose = false}).violation; !violation.empty())
      return Found{seed, std::move(violation)};
  return std::nullopt;
}

}  // namespace

int main() {
  int test = 0, failures = 0;
  const auto tell = [&](bool is_ok, const std::string& name) {
    failures += is_ok ? 0 : 1;
    std::printf("%s %d - %s\n", is_ok ? "ok" : "not ok", ++test, name.c_str());
  };
  const auto nothing = find(Mutation::none, kSoundSeeds);
  tell(!nothing, "nothing is found where no bug was planted");
  if (nothing) std::printf("# seed %llu: %s\n", static_cast<unsigned long long>(nothing->seed), nothing->violation.c_str());
  for (const Planted& planted : kPlanted) {
    const auto found = find(planted.bug, kEverydaySeeds);
    tell(found.has_value(), "planted bug found: " + std::string(planted.name));
    if (found) std::printf("# by seed %llu: %s\n", static_cast<unsigned long long>(found->seed), found->violation.c_str());
  }
  return failures == 0 ? 0 : 1;
}
