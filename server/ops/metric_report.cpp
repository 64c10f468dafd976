#include "server/ops/metric_report.hpp"

#include <algorithm>

#include "server/ops/metrics.hpp"

namespace dialogue::ops {

void MetricReport::complete(metrics::Reading& reading) {
  measure_process(reading.process);
  metrics::UserSketch users;
  for (const auto& shard : reading.shards) users.merge(shard->users);
  const std::uint64_t estimate = users.estimate();
  std::uint64_t highest = users_seen_.load();
  while (estimate > highest && !users_seen_.compare_exchange_weak(highest, estimate)) {}
  reading.process[metrics::cell_of(metrics::Metric::users_seen_total, 0)] = std::max(estimate, highest);
}

}  // namespace dialogue::ops
