// Subscriptions as bits, below, at and above the size that needs no heap.
#include "server/core/messages/event_mask.hpp"

#include <catch2/catch.hpp>

namespace dialogue::core {

TEST_CASE("each event is wanted or not by itself, however many a room has") {
  const std::size_t count = GENERATE(1u, 63u, 64u, 65u, 128u, 129u, 4096u);
  EventMask none(count, false), all(count, true);
  for (std::size_t slot = 0; slot < count; ++slot) {
    REQUIRE_FALSE(none.contains(slot));
    REQUIRE(all.contains(slot));
  }
  for (std::size_t slot = 0; slot < count; slot += 7) {
    none.set(slot, true);
    all.set(slot, false);
  }
  for (std::size_t slot = 0; slot < count; ++slot) {
    REQUIRE(none.contains(slot) == (slot % 7 == 0));
    REQUIRE(all.contains(slot) == (slot % 7 != 0));
  }
  none.set_all(true);
  all.set_all(false);
  CHECK(none.contains(count - 1));
  CHECK_FALSE(all.contains(count - 1));
}

}  // namespace dialogue::core
