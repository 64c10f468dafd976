// See metric_samples.hpp. Cells of all writers are added up first; those that a shard has for itself are looked at one by one.
#include "server/ops/metric_samples.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

namespace dialogue::ops {
namespace {

using metrics::CellValues, metrics::Domain, metrics::DomainLabels, metrics::Label, metrics::Metric, metrics::MetricRow;

std::unique_ptr<CellValues> sum_of(const metrics::Reading& reading) {
  auto sum = std::make_unique<CellValues>(reading.process);
  for (const auto& shard : reading.shards)
    for (std::size_t i = 0; i < sum->size(); ++i) (*sum)[i] += shard->values[i];
  return sum;
}

/// Sets the labels of the series with this index, one value for each of the row's domains. Returns false if a value is not used.
bool labels_at(const MetricRow& row, std::size_t index, const metrics::MetricNames& names, SeriesLabels& labels) {
  labels = {};
  std::size_t place = labels.size();
  for (auto domain = row.labels.rbegin(); domain != row.labels.rend(); ++domain) {
    const std::size_t size = metrics::size_of(*domain), value = index % size;
    index /= size;
    if (*domain == Domain::none) continue;
    const DomainLabels found = metrics::labels_of(*domain, value, names);
    if (found[0].name.empty()) return false;
    for (auto label = found.rbegin(); label != found.rend(); ++label)
      if (!label->name.empty()) labels.at(--place) = *label;
  }
  return true;
}

bool shows_zeros(const MetricRow& row, const CellValues& values) {
  const bool is_node = values.at(metrics::cell_of(Metric::cluster_nodes, 0)) > 0;
  return row.zeros == metrics::Zeros::all || (row.zeros == metrics::Zeros::cluster && is_node);
}

void visit_row(const MetricRow& row, const CellValues& values, const metrics::MetricNames& names, std::string_view shard,
               const std::function<void(const Series&)>& visit) {
  const std::size_t cells = metrics::cells_of(row);
  SeriesLabels labels;
  for (std::size_t index = 0; index < metrics::label_sets(row); ++index) {
    const std::size_t first = metrics::cell_of(row.metric, index);
    const std::span<const std::uint64_t> its(&values.at(first), cells);
    const bool is_zero = std::all_of(its.begin(), its.end(), [](std::uint64_t cell) { return cell == 0; });
    if (is_zero && !shows_zeros(row, values)) continue;
    if (!labels_at(row, index, names, labels)) continue;
    if (!shard.empty()) labels.front() = {"shard", shard};
    visit({&row, labels, its, first});
  }
}

}  // namespace

void for_each_series(const metrics::Reading& reading, const std::function<void(const MetricRow&)>& begin,
                     const std::function<void(const Series&)>& visit) {
  const auto sum = sum_of(reading);
  for (const MetricRow& row : metrics::kMetrics) {
    begin(row);
    if (row.writers == metrics::Writers::sum) {
      visit_row(row, *sum, *reading.names, {}, visit);
      continue;
    }
    for (std::size_t shard = 0; shard < reading.shards.size(); ++shard)
      visit_row(row, reading.shards[shard]->values, *reading.names, std::to_string(shard), visit);
  }
}

std::uint64_t count_of(std::span<const std::uint64_t> cells) {
  return std::accumulate(cells.begin(), cells.end() - 1, std::uint64_t{0});
}

std::size_t count_series(const metrics::Reading& reading) {
  std::size_t count = 0;
  for_each_series(
      reading, [](const MetricRow&) {},
      // A histogram's buckets, and its sum in place of the sum's cell, and its count.
      [&count](const Series& series) { count += series.cells.size() + (series.cells.size() > 1 ? 1 : 0); });
  return count;
}

}  // namespace dialogue::ops
