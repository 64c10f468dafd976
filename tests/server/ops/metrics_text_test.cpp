// The text of /metrics in both formats, and that no label says who or which room it is.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "server/ops/metric_report.hpp"
#include "server/ops/metric_samples.hpp"
#include "server/ops/metrics.hpp"

namespace dialogue::ops {

using namespace metrics;
using Catch::Matchers::Contains;

namespace {

std::shared_ptr<const MetricNames> names_of(std::size_t rooms) {
  MetricNames names{.rooms = {}, .pairs = {}, .endpoints = {{"GET", "/health"}}, .version = "1.2.3"};
  for (std::size_t i = 0; i < rooms; ++i) {
    names.rooms.push_back("room" + std::to_string(i) + "-{id}");
    names.pairs.emplace_back(names.rooms.back(), "message");
  }
  return std::make_shared<const MetricNames>(std::move(names));
}

Reading reading_of(std::vector<MetricCells> shards, std::size_t rooms = 1) {
  Reading reading;
  for (const MetricCells& cells : shards)
    reading.shards.push_back(std::make_unique<ShardReading>(ShardReading{cells.values(), {}, {}}));
  reading.names = names_of(rooms);
  return reading;
}

std::string text_of(std::vector<MetricCells> shards, MetricsFormat format = MetricsFormat::prometheus) {
  Reading reading = reading_of(std::move(shards));
  return metrics_text(reading, format);
}

}  // namespace

TEST_CASE("R-116 the metrics count connections by state, without identities") {
  MetricCells one, other;
  one.set(Metric::connection_states, ConnectionStage::ready, 2);
  other.set(Metric::connection_states, ConnectionStage::ready, 1);
  other.set(Metric::connection_states, ConnectionStage::http, 4);
  const std::string text = text_of({one, other});
  CHECK_THAT(text, Contains("# TYPE dialogue_connection_states gauge\n"));
  for (const char* line :
       {"dialogue_connection_states{state=\"http\"} 4\n", "dialogue_connection_states{state=\"awaiting_hello\"} 0\n",
        "dialogue_connection_states{state=\"ready\"} 3\n", "dialogue_connection_states{state=\"closing\"} 0\n",
        "dialogue_build_info{version=\"1.2.3\"} 0\n"})
    CHECK_THAT(text, Contains(line));
}

TEST_CASE("the series of a cluster are absent if there is none, and have their zeros if there is one") {
  MetricCells cells;
  CHECK_THAT(text_of({cells}), !Contains("\ndialogue_cluster_"));
  cells.set(Metric::cluster_nodes, 0, 2);
  cells.set(Metric::cluster_store_state, StoreState::slow, 1);
  cells.set(Metric::cluster_log_lag_seconds, 0, 1'500 * kMillisecond);
  cells.count(Metric::cluster_messages_total, Direction::out, 7);
  const std::string text = text_of({cells});
  for (const char* line :
       {"dialogue_cluster_nodes 2\n", "dialogue_cluster_lease_held 0\n", "dialogue_cluster_store_state{state=\"ok\"} 0\n",
        "dialogue_cluster_store_state{state=\"slow\"} 1\n", "dialogue_cluster_store_state{state=\"away\"} 0\n",
        "dialogue_cluster_log_lag_entries 0\n", "dialogue_cluster_log_lag_seconds 1.5\n",
        "dialogue_cluster_messages_total{direction=\"in\"} 0\n", "dialogue_cluster_messages_total{direction=\"out\"} 7\n"})
    CHECK_THAT(text, Contains(line));
}

TEST_CASE("a histogram's buckets are cumulative, and its times are seconds") {
  MetricCells cells;
  cells.observe(Metric::events_latency_seconds, 0, 100 * kMicrosecond);
  cells.observe(Metric::events_latency_seconds, 0, 2 * kMillisecond);
  const std::string text = text_of({cells});
  const std::string name = "dialogue_events_latency_seconds", labels = "{room=\"room0-{id}\",event=\"message\"";
  CHECK_THAT(text, Contains(name + "_bucket" + labels + ",le=\"0.0001\"} 1\n"));
  CHECK_THAT(text, Contains(name + "_bucket" + labels + ",le=\"0.001\"} 1\n"));
  CHECK_THAT(text, Contains(name + "_bucket" + labels + ",le=\"0.0025\"} 2\n"));
  CHECK_THAT(text, Contains(name + "_bucket" + labels + ",le=\"1\"} 2\n"));
  CHECK_THAT(text, Contains(name + "_bucket" + labels + ",le=\"+Inf\"} 2\n"));
  CHECK_THAT(text, Contains(name + "_sum" + labels + "} 0.0021\n"));
  CHECK_THAT(text, Contains(name + "_count" + labels + "} 2\n"));
}

TEST_CASE("OpenMetrics has families without _total, units, whole bounds with a point, and an end") {
  MetricCells cells;
  cells.count(Metric::connections_total, TransportKind::tcp, 3);
  const std::string text = text_of({cells}, MetricsFormat::openmetrics);
  CHECK_THAT(text, Contains("# TYPE dialogue_connections counter\n"));
  CHECK_THAT(text, Contains("dialogue_connections_total{transport=\"tcp\"} 3\n"));
  CHECK_THAT(text, Contains("# UNIT dialogue_hook_seconds seconds\n"));
  CHECK_THAT(text, Contains("# UNIT dialogue_send_queue_bytes bytes\n"));
  CHECK_THAT(text, Contains("le=\"1.0\"}"));
  CHECK_THAT(text, Catch::Matchers::EndsWith("# EOF\n"));
}

TEST_CASE("OpenMetrics has the newest exemplar of all shards at its bucket and its total; Prometheus's own format has none") {
  MetricCells cells;
  cells.observe(Metric::events_latency_seconds, 0, 2 * kMillisecond);
  cells.count(Metric::events_total, 0);
  Reading reading = reading_of({cells, cells});
  Exemplars older, newer;
  older.note(Metric::events_latency_seconds, 0, {1, 2, 2 * kMillisecond, 1'000});
  newer.note(Metric::events_latency_seconds, 0, {0xabc, 0xdef, 1'500 * kMicrosecond, 1'700'000'000'250});
  older.note(Metric::events_total, 0, {1, 2, 1, 1'000});
  reading.shards[0] = std::make_unique<ShardReading>(ShardReading{cells.values(), {}, newer});
  reading.shards[1] = std::make_unique<ShardReading>(ShardReading{cells.values(), {}, older});
  const std::string text = metrics_text(reading, MetricsFormat::openmetrics);
  CHECK_THAT(text, Contains("event=\"message\",le=\"0.0025\"} 2 # {trace_id=\"0000000000000abc0000000000000def\"} 0.0015 "
                            "1700000000.25\n"));
  CHECK_THAT(text, Contains("dialogue_events_total{room=\"room0-{id}\",event=\"message\"} 2 "
                            "# {trace_id=\"00000000000000010000000000000002\"} 1 1\n"));
  CHECK_THAT(metrics_text(reading, MetricsFormat::prometheus), !Contains("trace_id"));
}

TEST_CASE("what each shard has for itself is not added up") {
  MetricCells one, other;
  one.count(Metric::loop_busy_seconds_total, 0, kSecond / 2);
  other.count(Metric::loop_busy_seconds_total, 0, 3 * kSecond);
  const std::string text = text_of({one, other});
  CHECK_THAT(text, Contains("dialogue_loop_busy_seconds_total{shard=\"0\"} 0.5\n"));
  CHECK_THAT(text, Contains("dialogue_loop_busy_seconds_total{shard=\"1\"} 3\n"));
}

TEST_CASE("codes are exported once they were counted, and what is not configured not at all") {
  CHECK_THAT(text_of({MetricCells()}), !Contains("\ndialogue_memory_limit_bytes ") && !Contains("code=\"rate_limited\""));
  MetricCells cells;
  cells.count(Metric::publications_refused_total, index_of(ErrorCode::rate_limited));
  cells.count(Metric::publications_refused_total, index_of(ErrorCode::store_unavailable));
  const std::string text = text_of({cells});
  CHECK_THAT(text, Contains("dialogue_publications_refused_total{code=\"rate_limited\",fault=\"client\"} 1\n"));
  CHECK_THAT(text, Contains("dialogue_publications_refused_total{code=\"store_unavailable\",fault=\"server\"} 1\n"));
}

TEST_CASE("a label's value is escaped") {
  Reading reading = reading_of({MetricCells()});
  auto names = std::make_shared<MetricNames>(*reading.names);
  names->rooms = {"a\"b\\c\nd"};
  reading.names = names;
  CHECK_THAT(metrics_text(reading, MetricsFormat::prometheus), Contains("dialogue_rooms_size{room=\"a\\\"b\\\\c\\nd\"} 0\n"));
}

TEST_CASE("Accept decides the format: OpenMetrics only if it is wanted at least as much") {
  CHECK(metrics_format("") == MetricsFormat::prometheus);
  CHECK(metrics_format("*/*") == MetricsFormat::prometheus);
  CHECK(metrics_format("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5") ==
        MetricsFormat::openmetrics);
  CHECK(metrics_format("text/plain;version=0.0.4, application/openmetrics-text;q=0.2") == MetricsFormat::prometheus);
  CHECK(metrics_format("application/openmetrics-text;q=0") == MetricsFormat::prometheus);
}

TEST_CASE("R-116 more definitions than have series make no more than 5,000 series, and the answer says how many") {
  Reading reading = reading_of({MetricCells(), MetricCells()}, kRoomSeriesMax);
  const std::string text = metrics_text(reading, MetricsFormat::prometheus);
  std::size_t series = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) series += text[at] == '#' ? 0 : 1;
  CHECK(series == count_series(reading));
  CHECK(series < 5'000);
  CHECK_THAT(text, Contains("\ndialogue_metric_series " + std::to_string(series) + "\n"));
}

TEST_CASE("the estimate of users never falls, and the process is measured") {
  MetricReport report;
  Reading first = reading_of({MetricCells()}), second = reading_of({MetricCells()});
  auto shard = std::make_unique<ShardReading>();
  shard->users.add("ann");
  first.shards.front() = std::move(shard);
  report.complete(first);
  report.complete(second);
  const std::size_t users = cell_of(Metric::users_seen_total, 0);
  CHECK(first.process[users] == 1);
  CHECK(second.process[users] == 1);
  for (const Metric metric : {Metric::process_cpu_seconds_total, Metric::process_resident_memory_bytes,
                              Metric::process_virtual_memory_bytes, Metric::process_open_fds, Metric::process_max_fds})
    CHECK(second.process[cell_of(metric, 0)] > 0);
  const auto now = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  const std::uint64_t began = second.process[cell_of(Metric::process_start_time_seconds, 0)];
  CHECK(began <= now);
  CHECK(now - began < 3'600 * kSecond);
}

}  // namespace dialogue::ops
