// The table's layout: every series has cells of its own, and histograms count into the right ones.
#include "server/metrics/metric_cells.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "server/metrics/shared_cells.hpp"

namespace dialogue::metrics {

TEST_CASE("names of metrics are unique, and no counter has the name of another family in OpenMetrics") {
  std::set<std::string> families;
  for (const MetricRow& row : kMetrics) {
    std::string family(row.name);
    if (row.type == MetricType::counter) family.resize(family.size() - std::string_view("_total").size());
    CHECK(families.insert(family).second);
    CHECK_FALSE(row.help.empty());
    CHECK(row.help.back() == '.');
  }
}

TEST_CASE("no two series share a cell") {
  std::set<std::size_t> cells;
  for (const MetricRow& row : kMetrics)
    for (std::size_t index = 0; index < label_sets(row); ++index)
      for (std::size_t cell = 0; cell < cells_of(row); ++cell) cells.insert(cell_of(row.metric, index) + cell);
  CHECK(cells.size() == kCellCount);
  CHECK(*cells.rbegin() == kCellCount - 1);
}

TEST_CASE("bounds of buckets ascend") {
  for (const MetricRow& row : kMetrics)
    for (std::size_t i = 1; i < row.bounds.size(); ++i) CHECK(row.bounds[i - 1] < row.bounds[i]);
}

TEST_CASE("a value counts in the first bucket whose bound it does not exceed, and in the sum") {
  MetricCells cells;
  SharedCells shared;
  CellValues of_shared{};
  const std::size_t first = cell_of(Metric::hook_seconds, 1), over = kLatencyBounds.size();
  for (const std::uint64_t value : {kLatencyBounds[0], kLatencyBounds[0] + 1, kLatencyBounds.back() + 1}) {
    cells.observe(Metric::hook_seconds, 1, value);
    shared.observe(Metric::hook_seconds, 1, value);
  }
  shared.add_to(of_shared);
  CHECK(cells.values() == of_shared);
  CHECK(of_shared[first] == 1);
  CHECK(of_shared[first + 1] == 1);
  CHECK(of_shared[first + over] == 1);
  CHECK(of_shared[first + over + 1] == 2 * kLatencyBounds[0] + 1 + kLatencyBounds.back() + 1);
}

TEST_CASE("a gauge goes up and down, also if another writer counts the decrements") {
  MetricCells cells;
  SharedCells shared;
  cells.change(Metric::users_online, 0, -1);
  shared.change(Metric::users_online, 0, 1);
  CellValues sum = cells.values();
  shared.add_to(sum);
  CHECK(sum[cell_of(Metric::users_online, 0)] == 0);
}

TEST_CASE("every value of a domain has labels of its own, but for frame types that do not exist") {
  MetricNames names{{"chat"}, {{"chat", "message"}}, {{"GET", "/health"}}, "1.0"};
  for (const DomainRow& row : kDomains) {
    if (row.domain == Domain::none) continue;
    std::set<std::string> seen;
    for (std::size_t index = 0; index < row.size; ++index) {
      const DomainLabels labels = labels_of(row.domain, index, names);
      if (labels[0].name.empty()) continue;
      CHECK(labels[0].name == row.labels[0]);
      CHECK(seen.insert(std::string(labels[0].value) + '\n' + std::string(labels[1].value)).second);
    }
    CHECK_FALSE(seen.empty());
  }
  CHECK(labels_of(Domain::pair, 0, names)[1].value == "message");
  CHECK(labels_of(Domain::pair, 1, names)[0].name.empty());
  CHECK(labels_of(Domain::pair, kPairSeriesMax, names)[0].value == "other");
  CHECK(labels_of(Domain::room, kRoomSeriesMax, names)[0].value == "other");
}

TEST_CASE("a status that is not listed counts as other") {
  CHECK(kStatuses[status_index(404)] == "404");
  CHECK(kStatuses[status_index(418)] == "other");
}

}  // namespace dialogue::metrics
