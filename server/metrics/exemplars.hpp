// Exemplars: for a cell, the last traced thing that it counted. OpenMetrics shows them beside buckets and totals, so that a
// figure leads to a trace. Used by the writer of the cells; readers have copies. There are no more than there are cells.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

#include "server/metrics/metric_cells.hpp"

namespace dialogue::metrics {

struct Exemplar {
  std::uint64_t trace_high = 0, trace_low = 0;
  std::uint64_t value = 0;  ///< seconds as nanoseconds; of a counter: by how much it grew
  std::uint64_t unix_ms = 0;
};

class Exemplars {
 public:
  /// In place of the one before. `index`: as in MetricCells; of a histogram it is the bucket's that the value is in.
  void note(Metric metric, std::size_t index, const Exemplar& exemplar) {
    const MetricRow& row = metric_row(metric);
    std::size_t cell = cell_of(metric, index);
    for (std::size_t bucket = 0; bucket < row.bounds.size() && exemplar.value > row.bounds[bucket]; ++bucket) ++cell;
    of_cells_.insert_or_assign(cell, exemplar);
  }
  [[nodiscard]] const std::map<std::size_t, Exemplar>& of_cells() const { return of_cells_; }

 private:
  std::map<std::size_t, Exemplar> of_cells_;
};

}  // namespace dialogue::metrics
