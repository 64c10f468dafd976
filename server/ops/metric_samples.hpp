// The series of a reading, one after the other: what the text, StatsD and sinks are made of. Pure; safe from any thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "server/metrics/reading.hpp"

namespace dialogue::ops {

/// The labels of a series; those without a name are not there.
using SeriesLabels = std::array<metrics::Label, 6>;

/// One series of a metric, or one histogram.
struct Series {
  const metrics::MetricRow* row;
  SeriesLabels labels;
  /// A counter's or gauge's one cell; a histogram's buckets, not cumulative, and its sum. Times are nanoseconds.
  std::span<const std::uint64_t> cells;
  std::size_t first_cell = 0;  ///< the place of the first one
};

/// Calls `visit` for each series that is exported, metric by metric in the order of the table. `begin` is called before those of
/// a metric, also where there are none.
void for_each_series(const metrics::Reading& reading, const std::function<void(const metrics::MetricRow&)>& begin,
                     const std::function<void(const Series&)>& visit);

/// A cell as it is exported: seconds are not nanoseconds.
[[nodiscard]] inline double value_of(const metrics::MetricRow& row, std::uint64_t cell) {
  return row.unit == metrics::Unit::seconds ? static_cast<double>(cell) / metrics::kSecond : static_cast<double>(cell);
}

/// Returns how many values a histogram's cells have counted.
[[nodiscard]] std::uint64_t count_of(std::span<const std::uint64_t> cells);

/// Returns how many lines of text a reading's series have.
[[nodiscard]] std::size_t count_series(const metrics::Reading& reading);

}  // namespace dialogue::ops
