// What is lost, doubled and out of order is told apart.
#include "server/load/delivery_tracker.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::load;
using Verdict = DeliveryTracker::Verdict;

TEST_CASE("numbers that follow one another are in order, and none is missing") {
  DeliveryTracker arrivals;
  for (std::uint64_t n = 1; n <= 5; ++n) CHECK(arrivals.take(n) == Verdict::in_order);
  CHECK(arrivals.missing(5) == 0);
}

TEST_CASE("what never came is missing: in the middle, at the end, or all of it") {
  DeliveryTracker arrivals;
  CHECK(arrivals.missing(3) == 3);
  CHECK(arrivals.take(1) == Verdict::in_order);
  CHECK(arrivals.take(4) == Verdict::ahead);
  CHECK(arrivals.missing(4) == 2);
  CHECK(arrivals.missing(10) == 8);
}

TEST_CASE("what comes after later ones is late once, and is not missing any more") {
  DeliveryTracker arrivals;
  CHECK(arrivals.take(3) == Verdict::ahead);
  CHECK(arrivals.take(1) == Verdict::late);
  CHECK(arrivals.missing(3) == 1);
  CHECK(arrivals.take(1) == Verdict::twice);
  CHECK(arrivals.take(2) == Verdict::late);
  CHECK(arrivals.missing(3) == 0);
}

TEST_CASE("what comes again is twice, whether it came in order or ahead") {
  DeliveryTracker arrivals;
  CHECK(arrivals.take(1) == Verdict::in_order);
  CHECK(arrivals.take(1) == Verdict::twice);
  CHECK(arrivals.take(5) == Verdict::ahead);
  CHECK(arrivals.take(5) == Verdict::twice);
  CHECK(arrivals.missing(5) == 3);
}
