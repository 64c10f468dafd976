// Percentiles of a histogram whose error is bounded.
#include "server/load/latencies.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::load;

TEST_CASE("nothing added has no times") {
  const Latencies times;
  CHECK(times.count() == 0);
  CHECK(times.at(0.5) == 0);
  CHECK(times.max() == 0);
}

TEST_CASE("small times are exact") {
  Latencies times;
  for (std::uint64_t us = 1; us <= 100; ++us) times.add(us);
  CHECK(times.at(0.50) == 50);
  CHECK(times.at(0.99) == 99);
  CHECK(times.at(1.0) == 100);
  CHECK(times.at(0.0) == 1);
}

TEST_CASE("a percentile is never below the time that it stands for, and at most 1.6 % above it") {
  for (std::uint64_t us = 1; us < 20'000'000'000; us = us * 21 / 20 + 1) {
    Latencies times;
    times.add(us);
    times.add(40'000'000'000);
    CHECK(times.at(0.5) >= us);
    CHECK(static_cast<double>(times.at(0.5)) <= static_cast<double>(us) * 1.016);
  }
}

TEST_CASE("a few slow ones move the 99th percentile and not the median") {
  Latencies times;
  for (int i = 0; i < 980; ++i) times.add(10);
  for (int i = 0; i < 20; ++i) times.add(5000);
  CHECK(times.at(0.50) == 10);
  CHECK(times.at(0.99) >= 5000);
  CHECK(times.max() == 5000);
}

TEST_CASE("a time beyond all buckets is counted in the last") {
  Latencies times;
  times.add(~std::uint64_t{0});
  CHECK(times.count() == 1);
  CHECK(times.max() == ~std::uint64_t{0});
  CHECK(times.at(0.5) > 1'000'000'000'000);
}
