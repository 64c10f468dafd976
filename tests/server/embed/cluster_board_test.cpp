// What the last report on a cluster says to /ready, to the HTTP API and to the metrics.
#include "server/embed/cluster/cluster_board.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace dialogue::test {
namespace {

using metrics::Metric;

TEST_CASE("a node is ready while its lease lasts, by the clock and not by reports") {
  std::uint64_t now_ms = 1000;
  const auto figures = std::make_shared<metrics::SharedCells>();
  ClusterBoard board(
      "redis://db", [&now_ms] { return now_ms; }, figures);
  CHECK(board.why_not_ready() == "cluster_joining");
  cluster::ClusterReport report;
  report.self = "00000000000000aa";
  report.nodes.resize(2);
  report.lease_ms = 10'000;
  report.lease_end_ms = 5000;
  report.log.head = 9;
  report.log.position = 7;
  report.log.behind_ms = 1500;
  report.log.engine = cluster::EngineState::away;
  report.sent = 3;
  report.bus = {"nats://bus", false, "no connection", 8, 9};
  board.put(report);
  CHECK(board.why_not_ready().empty());
  CHECK(board.text().find("\"lagEntries\":2,\"lagMs\":1500") != std::string::npos);
  const auto values = std::make_unique<metrics::CellValues>();
  figures->add_to(*values);
  const auto value = [&values](Metric metric, std::size_t index = 0) { return (*values)[metrics::cell_of(metric, index)]; };
  CHECK(value(Metric::cluster_nodes) == 2);
  CHECK(value(Metric::cluster_lease_held) == 1);
  CHECK(value(Metric::cluster_store_state, metrics::place_of(metrics::StoreState::away)) == 1);
  CHECK(value(Metric::cluster_store_state, metrics::place_of(metrics::StoreState::ok)) == 0);
  CHECK(value(Metric::cluster_log_lag_entries) == 2);
  CHECK(value(Metric::cluster_log_lag_seconds) == 1500 * metrics::kMillisecond);
  CHECK(value(Metric::cluster_messages_total, metrics::place_of(metrics::Direction::out)) == 3);
  CHECK(value(Metric::cluster_bus_away) == 1);
  CHECK(value(Metric::cluster_bus_messages_total, metrics::place_of(metrics::Direction::out)) == 8);
  CHECK(value(Metric::cluster_bus_messages_total, metrics::place_of(metrics::Direction::in)) == 9);
  now_ms = 5000;
  CHECK(board.why_not_ready() == "cluster_lease_over");
}

}  // namespace
}  // namespace dialogue::test
