// One reading of all loops' metrics: each loop puts its part in on its own thread, and the last one calls `done`, on that thread.
// Shared by the loops until then. As many may be under way as there are requests for /metrics, which HTTP bounds.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "server/metrics/reading.hpp"

namespace dialogue::loop {

class MetricGathering {
 public:
  using Done = std::function<void(metrics::Reading)>;

  MetricGathering(std::size_t shards, Done done) : left_(shards), done_(std::move(done)) { reading_.shards.resize(shards); }

  void put(std::size_t shard, std::unique_ptr<const metrics::ShardReading> part) {
    reading_.shards[shard] = std::move(part);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(std::move(reading_));
  }

 private:
  metrics::Reading reading_;
  std::atomic<std::size_t> left_;
  const Done done_;
};

}  // namespace dialogue::loop
