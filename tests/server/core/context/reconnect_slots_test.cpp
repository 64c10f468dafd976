// Reconnect slots: an even stream of arrivals, whatever the number of shards.
#include "server/core/context/reconnect_slots.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

namespace dialogue::core {
namespace {

constexpr std::uint64_t kNowMs = 77'000;

/// What the clients of all shards are assigned, sorted. Shard `i` has counts[i] of them.
std::vector<std::uint64_t> assigned(const DrainStarted& drain, const std::vector<std::size_t>& counts) {
  SeededRandom random(5);
  std::vector<std::uint64_t> waits;
  for (std::uint32_t shard = 0; shard < counts.size(); ++shard) {
    ReconnectSlots slots(drain, shard, static_cast<std::uint32_t>(counts.size()), counts[shard], 0, kNowMs);
    for (std::size_t i = 0; i < counts[shard]; ++i) waits.push_back(slots.take(false, kNowMs, random));
  }
  std::sort(waits.begin(), waits.end());
  return waits;
}

}  // namespace

TEST_CASE("10,000 clients of any number of shards reconnect at a constant rate, after the pause") {
  const auto counts = GENERATE(std::vector<std::size_t>{10'000}, std::vector<std::size_t>{5'000, 5'000},
                               std::vector<std::size_t>{7'000, 2'999, 1});
  const std::vector<std::uint64_t> waits = assigned({10'000, 1'500}, counts);
  CHECK(waits.front() >= 1'500);
  CHECK(waits.back() <= 11'500);
  constexpr std::uint64_t kPartMs = 250;
  std::vector<std::size_t> parts(40);
  for (const std::uint64_t wait : waits) ++parts[std::min<std::uint64_t>((wait - 1'500) / kPartMs, parts.size() - 1)];
  const double mean = 10'000.0 / static_cast<double>(parts.size());
  CHECK(static_cast<double>(*std::max_element(parts.begin(), parts.end())) <= 1.05 * mean);
  CHECK(static_cast<double>(*std::min_element(parts.begin(), parts.end())) >= 0.95 * mean);
}

TEST_CASE("a slot varies by no more than a tenth of it") {
  SeededRandom random(9);
  ReconnectSlots slots({10'000, 0}, 0, 1, 10, 0, kNowMs);
  bool varies = false;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const std::uint64_t wait = slots.take(false, kNowMs, random), middle = 1'000 * i + 500;
    CHECK(wait >= middle - 100);
    CHECK(wait <= middle + 100);
    varies = varies || wait != middle;
  }
  CHECK(varies);
}

TEST_CASE("P-51 clients with unsettled publications have the first slots, counted from the drain's begin") {
  SeededRandom random(3);
  ReconnectSlots slots({4'000, 1'000}, 0, 1, 4, 1, kNowMs);
  std::vector<std::uint64_t> others;
  for (int i = 0; i < 3; ++i) others.push_back(slots.take(false, kNowMs, random));
  CHECK(*std::min_element(others.begin(), others.end()) >= 2'400);
  const std::uint64_t late = slots.take(true, kNowMs + 900, random);  // its answer took so long
  CHECK(late >= 500);
  CHECK(late <= 700);
  CHECK(slots.take(true, kNowMs + 60'000, random) == 0);  // the slot has passed
}

TEST_CASE("without an interval and a pause all clients reconnect immediately") {
  CHECK(assigned({0, 0}, {3, 2}) == std::vector<std::uint64_t>(5, 0));
  SeededRandom random(1);
  ReconnectSlots none({1'000, 0}, 0, 2, 0, 0, kNowMs);  // a shard without clients has one who begins now
  CHECK(none.take(false, kNowMs, random) <= 1'000);
}

}  // namespace dialogue::core
