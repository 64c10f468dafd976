// See sample.hpp. A quantile is interpolated within its bucket, as Prometheus' histogram_quantile() does.
#include "server/observe/sample.hpp"

#include <algorithm>

namespace dialogue::observe {
namespace {

using metrics::Metric;

constexpr double kSecondNs = 1e9, kMillisecondNs = 1e6;

/// Returns the sum of a cell over all shards and the process.
std::uint64_t sum(const metrics::Reading& reading, std::size_t cell) {
  std::uint64_t all = reading.process[cell];
  for (const auto& shard : reading.shards) all += shard->values[cell];
  return all;
}

std::uint64_t sum(const metrics::Reading& reading, Metric metric) {
  const metrics::MetricRow& row = metrics::metric_row(metric);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < metrics::label_sets(row); ++i) all += sum(reading, metrics::cell_of(metric, i));
  return all;
}

template <std::size_t kSize>
void copy(const metrics::Reading& reading, std::size_t first, std::array<std::uint64_t, kSize>& to) {
  for (std::size_t i = 0; i < kSize; ++i) to[i] = sum(reading, first + i);
}

bool is_set(const metrics::Reading& reading, Metric metric, std::size_t index = 0) {
  return sum(reading, metrics::cell_of(metric, index)) != 0;
}

std::uint64_t growth(std::uint64_t before, std::uint64_t after) { return after > before ? after - before : 0; }

}  // namespace

Sample sample_of(const metrics::Reading& reading, std::uint64_t unix_ms, std::uint64_t monotonic_ns) {
  Sample sample;
  sample.unix_ms = unix_ms;
  sample.monotonic_ns = monotonic_ns;
  sample.connections = sum(reading, Metric::connections_active);
  sample.users = sum(reading, Metric::users_online);
  sample.rooms = sum(reading, Metric::rooms_active);
  sample.lagging = sum(reading, Metric::members_lagging);
  sample.queued_bytes = sum(reading, Metric::send_queue_bytes);
  sample.memory_bytes = sum(reading, Metric::memory_used_bytes);
  sample.memory_limit_bytes = sum(reading, Metric::memory_limit_bytes);
  sample.store_queue = sum(reading, Metric::store_writer_queue_events);
  sample.store_bytes = sum(reading, metrics::cell_of(Metric::store_size_bytes, metrics::place_of(metrics::StoreFile::database)));
  sample.wal_bytes = sum(reading, metrics::cell_of(Metric::store_size_bytes, metrics::place_of(metrics::StoreFile::wal)));
  sample.is_store_ready = is_set(reading, Metric::ready, metrics::place_of(metrics::ReadyCheck::store));
  sample.is_draining = is_set(reading, Metric::draining);
  sample.is_breaker_open = is_set(reading, Metric::hook_breaker_open);
  sample.is_audit_failing = is_set(reading, Metric::audit_failing);
  sample.is_reload_good = is_set(reading, Metric::config_last_reload_successful);
  if (is_set(reading, Metric::cluster_nodes)) {
    const auto is_store = [&](metrics::StoreState state) {
      return is_set(reading, Metric::cluster_store_state, metrics::place_of(state));
    };
    sample.has_lease = is_set(reading, Metric::cluster_lease_held);
    sample.is_cluster_late = is_store(metrics::StoreState::slow) || is_store(metrics::StoreState::away);
  }
  sample.events = sum(reading, Metric::events_total);
  sample.deliveries = sum(reading, Metric::deliveries_total);
  sample.refusals = sum(reading, Metric::publications_refused_total) + sum(reading, Metric::connections_refused_total);
  for (std::size_t i = 0; i < kErrors.size(); ++i)
    if (metrics::is_servers_fault(kErrors.at(i).code))
      sample.server_faults += sum(reading, metrics::cell_of(Metric::publications_refused_total, i));
  sample.dropped = sum(reading, Metric::deliveries_dropped_total);
  sample.log_lines_lost = sum(reading, Metric::log_lines_lost_total);
  sample.audit_lost = sum(reading, Metric::audit_records_lost_total);
  copy(reading, metrics::cell_of(Metric::store_errors_total, 0), sample.store_errors);
  copy(reading, metrics::cell_of(Metric::store_commit_seconds, 0), sample.commit_seconds);
  for (std::size_t i = 0; i < kHookVerbs; ++i) {
    copy(reading, metrics::cell_of(Metric::hook_requests_total, i * metrics::kHookOutcomes.size()), sample.hooks.at(i).answers);
    copy(reading, metrics::cell_of(Metric::hook_seconds, i), sample.hooks.at(i).seconds);
  }
  copy(reading, metrics::cell_of(Metric::events_total, 0), sample.pairs);
  for (const auto& shard : reading.shards)
    sample.busy_ns.push_back(shard->values[metrics::cell_of(Metric::loop_busy_seconds_total, 0)]);
  return sample;
}

std::pair<const Sample&, const Sample&> rate_window(std::span<const Sample> history, const Sample& newest) {
  if (history.size() < 2) return {newest, newest};
  return {history[history.size() - 2], history.back()};
}

double seconds_between(const Sample& before, const Sample& after) {
  return after.monotonic_ns > before.monotonic_ns ? static_cast<double>(after.monotonic_ns - before.monotonic_ns) / kSecondNs : 0;
}

double per_second(const Sample& before, const Sample& after, std::uint64_t Sample::*counter) {
  const double seconds = seconds_between(before, after);
  return seconds > 0 ? static_cast<double>(growth(before.*counter, after.*counter)) / seconds : 0;
}

double loop_busy(const Sample& before, const Sample& after) {
  const double seconds = seconds_between(before, after);
  double busiest = 0;
  for (std::size_t i = 0; i < std::min(before.busy_ns.size(), after.busy_ns.size()); ++i)
    busiest = std::max(busiest, static_cast<double>(growth(before.busy_ns[i], after.busy_ns[i])) / kSecondNs);
  return seconds > 0 ? std::min(busiest / seconds, 1.0) : 0;
}

std::uint64_t count_between(const Times& before, const Times& after) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i + 1 < after.size(); ++i) count += growth(before.at(i), after.at(i));
  return count;
}

std::optional<double> quantile_ms(const Times& before, const Times& after, double share) {
  const std::uint64_t count = count_between(before, after);
  if (count == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(count);
  double below = 0;
  for (std::size_t i = 0; i < metrics::kLatencyBounds.size(); ++i) {
    const auto here = static_cast<double>(growth(before.at(i), after.at(i)));
    const double least = i == 0 ? 0 : static_cast<double>(metrics::kLatencyBounds.at(i - 1));
    const auto most = static_cast<double>(metrics::kLatencyBounds.at(i));
    if (here > 0 && below + here >= wanted) return (least + (most - least) * (wanted - below) / here) / kMillisecondNs;
    below += here;
  }
  return static_cast<double>(metrics::kLatencyBounds.back()) / kMillisecondNs;
}

}  // namespace dialogue::observe
