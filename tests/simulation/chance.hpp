// The simulation's chance: one stream for each thing that has any, so that taking one thing out of a run changes the others as
// little as can be. A value; not thread-safe.
#pragma once
#include <cstdint>

#include "server/core/util/seeded_random.hpp"

namespace dialogue::simulation {

using namespace core;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  /// A stream of its own for the `number`-th thing of a kind.
  [[nodiscard]] static Chance of(std::uint64_t seed, std::uint64_t kind, std::uint64_t number) {
    constexpr std::uint64_t kApart = 1'000'003;
    return Chance(SeededRandom((seed * kApart + kind) * kApart + number).next());
  }

  [[nodiscard]] std::uint64_t next() { return random_.next(); }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  [[nodiscard]] bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  SeededRandom random_;
};

}  // namespace dialogue::simulation
