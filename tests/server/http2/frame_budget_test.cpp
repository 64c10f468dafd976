// Budgets of frames, with the times as numbers.
#include "server/http2/frame_budget.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::http2;

TEST_CASE("a budget refills with time, up to its maximum") {
  FrameBudget budget(2, 10);
  CHECK(budget.spend(1'000));
  CHECK(budget.spend(1'000));
  CHECK_FALSE(budget.spend(1'050));
  CHECK(budget.spend(1'100));
  CHECK_FALSE(budget.spend(1'100));
  CHECK(budget.spend(1'000'000));
  CHECK(budget.spend(1'000'000));
  CHECK_FALSE(budget.spend(1'000'000));
  budget.earn(5);
  CHECK(budget.spend(1'000'000));
}
