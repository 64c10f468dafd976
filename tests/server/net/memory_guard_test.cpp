// The bound on the process's memory: over it, and how often that is told.
#include "server/net/memory_guard.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::net;

TEST_CASE("memory above its limit is logged once per minute, and not at all below it") {
  std::size_t warnings = 0;
  MemoryGuard guard(1, [&](std::uint64_t bytes_max) {
    CHECK(bytes_max == 1);
    ++warnings;
  });
  CHECK(guard.is_over(1'000));
  CHECK(guard.is_over(1'050));
  CHECK(guard.is_over(30'000));
  CHECK(warnings == 1);
  CHECK(guard.is_over(61'001));
  CHECK(warnings == 2);
  guard.set(std::uint64_t{1} << 50);
  CHECK_FALSE(guard.is_over(200'000));
  CHECK(warnings == 2);
}
