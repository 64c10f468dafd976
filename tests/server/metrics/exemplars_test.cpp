// Which cell an exemplar is of, and that there is one for each at most.
#include "server/metrics/exemplars.hpp"

#include <catch2/catch.hpp>

namespace dialogue::metrics {

TEST_CASE("an exemplar of a histogram is at the bucket that its value is in") {
  Exemplars exemplars;
  exemplars.note(Metric::events_latency_seconds, 2, {1, 2, 100 * kMicrosecond, 7});
  exemplars.note(Metric::events_latency_seconds, 2, {1, 2, 100 * kMicrosecond + 1, 7});
  exemplars.note(Metric::events_latency_seconds, 2, {1, 2, 3'600 * kSecond, 7});
  const std::size_t first = cell_of(Metric::events_latency_seconds, 2);
  CHECK(exemplars.of_cells().size() == 3);
  for (const std::size_t bucket : {std::size_t{0}, std::size_t{1}, kLatencyBounds.size()})
    CHECK(exemplars.of_cells().contains(first + bucket));
}

TEST_CASE("however much is traced, there is one exemplar for each cell: the newest") {
  Exemplars exemplars;
  const MetricRow& row = metric_row(Metric::events_latency_seconds);
  for (std::uint64_t round = 1; round <= 3; ++round)
    for (std::size_t index = 0; index < label_sets(row); ++index)
      for (const std::uint64_t bound : row.bounds) exemplars.note(row.metric, index, {round, round, bound, round});
  CHECK(exemplars.of_cells().size() == label_sets(row) * row.bounds.size());
  for (const auto& [cell, exemplar] : exemplars.of_cells()) CHECK(exemplar.trace_low == 3);
}

}  // namespace dialogue::metrics
