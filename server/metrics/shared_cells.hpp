// The same cells for what several threads write, seldom: log lines, the store, hooks, the configuration. Safe from any thread.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/metrics/metric_cells.hpp"

namespace dialogue::metrics {

class SharedCells {
 public:
  template <typename Index = std::size_t>
  void count(Metric metric, Index index = {}, std::uint64_t more = 1) {
    at(cell_of(metric, place_of(index))).fetch_add(more, std::memory_order_relaxed);
  }
  template <typename Index>
  void set(Metric metric, Index index, std::uint64_t value) {
    at(cell_of(metric, place_of(index))).store(value, std::memory_order_relaxed);
  }
  template <typename Index>
  void change(Metric metric, Index index, std::int64_t by) {
    count(metric, index, static_cast<std::uint64_t>(by));
  }
  template <typename Index>
  void observe(Metric metric, Index index, std::uint64_t value) {
    const MetricRow& row = metric_row(metric);
    const std::size_t first = cell_of(metric, place_of(index));
    std::size_t bucket = 0;
    while (bucket < row.bounds.size() && value > row.bounds[bucket]) ++bucket;
    at(first + bucket).fetch_add(1, std::memory_order_relaxed);
    at(first + row.bounds.size() + 1).fetch_add(value, std::memory_order_relaxed);
  }
  /// Adds what was counted so far.
  void add_to(CellValues& values) const {
    for (std::size_t i = 0; i < kCellCount; ++i) values[i] += cells_[i].load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] std::atomic<std::uint64_t>& at(std::size_t cell) { return cells_[cell]; }

  std::array<std::atomic<std::uint64_t>, kCellCount> cells_{};
};

/// Nanoseconds of the monotonic clock, for durations.
[[nodiscard]] inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

/// Nanoseconds since 1970, for gauges that say when.
[[nodiscard]] inline std::uint64_t unix_now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace dialogue::metrics
