// The values of a server's cells at one time: a copy of each shard's, and those of the process. A value.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "server/metrics/exemplars.hpp"
#include "server/metrics/metric_cells.hpp"
#include "server/metrics/user_sketch.hpp"

namespace dialogue::metrics {

struct ShardReading {
  CellValues values;
  UserSketch users;
  Exemplars examples;
};

struct Reading {
  std::vector<std::unique_ptr<const ShardReading>> shards;  ///< by index; never null
  CellValues process{};                                     ///< what belongs to no shard
  std::shared_ptr<const MetricNames> names;
};

}  // namespace dialogue::metrics
