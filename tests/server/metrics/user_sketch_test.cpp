#include "server/metrics/user_sketch.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

namespace dialogue::metrics {

TEST_CASE("a sketch counts a few users exactly, each once") {
  UserSketch sketch;
  CHECK(sketch.estimate() == 0);
  for (int round = 0; round < 3; ++round)
    for (const char* user : {"ann", "bob", "cat"}) sketch.add(user);
  CHECK(sketch.estimate() == 3);
}

TEST_CASE("a sketch estimates many users within five per cent, and never falls as they come") {
  UserSketch sketch;
  std::uint64_t before = 0;
  for (std::uint64_t users = 1; users <= 100'000; ++users) {
    sketch.add("user-" + std::to_string(users));
    if (users % 10'000 != 0) continue;
    const std::uint64_t estimate = sketch.estimate();
    CHECK(estimate > before);
    CHECK(std::llabs(static_cast<long long>(estimate) - static_cast<long long>(users)) < static_cast<long long>(users / 20));
    before = estimate;
  }
}

TEST_CASE("sketches of two shards together count a user of both once") {
  UserSketch one, other;
  one.add("ann");
  one.add("bob");
  other.add("bob");
  other.add("cat");
  one.merge(other);
  CHECK(one.estimate() == 3);
}

}  // namespace dialogue::metrics
