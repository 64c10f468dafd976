// What /ready takes for a store that keeps nothing: silence although something is asked, and refusals.
#include "server/loop/append_health.hpp"

#include <catch2/catch.hpp>

namespace dialogue::test {

using namespace core;
using namespace loop;

TEST_CASE("F-E17 appends are well while they are answered, and one that is kept ends the refusals before it") {
  constexpr std::uint64_t kPatience = 2000;
  AppendHealth health;
  CHECK(health.is_well(1'000'000, kPatience));
  health.asked(100);
  CHECK(health.is_well(2099, kPatience));
  CHECK_FALSE(health.is_well(2100, kPatience));
  health.asked(2000);
  CHECK_FALSE(health.is_well(2100, kPatience));
  health.answered({StoreStatus::ok}, 2200);  // and the other is asked still
  CHECK(health.is_well(4199, kPatience));
  CHECK_FALSE(health.is_well(4200, kPatience));
  health.answered({StoreStatus::full, StoreStatus::full}, 5000);
  CHECK_FALSE(health.is_well(5000, kPatience));
  CHECK_FALSE(health.is_well(14'999, kPatience));
  CHECK(health.is_well(15'000, kPatience));
  health.asked(15'000);
  health.answered({StoreStatus::busy, StoreStatus::ok}, 15'001);
  CHECK(health.is_well(15'001, kPatience));
  health.asked(16'000);
  health.answered({StoreStatus::failed}, 16'000);
  CHECK_FALSE(health.is_well(16'001, kPatience));
  health.asked(16'002);
  health.answered({StoreStatus::damaged}, 16'002);  // of one room
  CHECK_FALSE(health.is_well(16'003, kPatience));
}

}  // namespace dialogue::test
