// The cells in which one writer counts: a number for each value of each metric, at a place that the table gives at compile time.
// No lock and no atomic: a shard's thread writes and copies its own cells, and readers add up the copies. Gauges are set when
// they are read.
//
//   cells.count(Metric::deliveries_total, transport);
//   cells.observe(Metric::hook_seconds, hook, nanoseconds);
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "server/metrics/metric_table.hpp"

namespace dialogue::metrics {

/// Cells of one label set: a histogram's buckets, the one without bound, and the sum; else one.
[[nodiscard]] constexpr std::size_t cells_of(const MetricRow& row) { return row.type == kHistogram ? row.bounds.size() + 2 : 1; }

/// Where each metric's cells begin; behind the last, how many cells there are.
inline constexpr auto kFirstCells = [] {
  std::array<std::size_t, kMetrics.size() + 1> first{};
  for (std::size_t i = 0; i < kMetrics.size(); ++i)
    first.at(i + 1) = first.at(i) + cells_of(kMetrics.at(i)) * label_sets(kMetrics.at(i));
  return first;
}();
inline constexpr std::size_t kCellCount = kFirstCells.back();

[[nodiscard]] constexpr std::size_t cell_of(Metric metric, std::size_t index) {
  const auto place = static_cast<std::size_t>(metric);
  return kFirstCells[place] + index * cells_of(kMetrics[place]);
}

using CellValues = std::array<std::uint64_t, kCellCount>;

/// The index of a label set: the values' places in their domains, in the order of the row.
template <typename Value>
[[nodiscard]] constexpr std::size_t place_of(Value value) {
  return static_cast<std::size_t>(value);
}

class MetricCells {
 public:
  /// A counter. `index`: see place_of() and index_in().
  template <typename Index = std::size_t>
  void count(Metric metric, Index index = {}, std::uint64_t more = 1) {
    values_[cell_of(metric, place_of(index))] += more;
  }
  /// A gauge.
  template <typename Index = std::size_t>
  void set(Metric metric, Index index, std::uint64_t value) {
    values_[cell_of(metric, place_of(index))] = value;
  }
  /// A gauge that follows what comes and goes.
  template <typename Index>
  void change(Metric metric, Index index, std::int64_t by) {
    values_[cell_of(metric, place_of(index))] += static_cast<std::uint64_t>(by);
  }
  /// A histogram; seconds are given as nanoseconds.
  template <typename Index>
  void observe(Metric metric, Index index, std::uint64_t value) {
    const MetricRow& row = kMetrics[static_cast<std::size_t>(metric)];
    std::uint64_t* const cells = &values_[cell_of(metric, place_of(index))];
    std::size_t bucket = 0;
    while (bucket < row.bounds.size() && value > row.bounds[bucket]) ++bucket;
    ++cells[bucket];
    cells[row.bounds.size() + 1] += value;
  }

  [[nodiscard]] const CellValues& values() const { return values_; }
  template <typename Index = std::size_t>
  [[nodiscard]] std::uint64_t value(Metric metric, Index index = {}) const {
    return values_[cell_of(metric, place_of(index))];
  }

 private:
  CellValues values_{};
};

/// The index of a metric with two domains, `second` being of the row's second one.
template <typename First, typename Second>
[[nodiscard]] constexpr std::size_t index_in(Metric metric, First first, Second second) {
  return place_of(first) * size_of(metric_row(metric).labels[1]) + place_of(second);
}

}  // namespace dialogue::metrics
