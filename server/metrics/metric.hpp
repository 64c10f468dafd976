// A metric: its name in code, and its row in the table (metric_table.hpp).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/metrics/label_domains.hpp"

namespace dialogue::metrics {

enum class Metric : std::uint8_t {
  build_info,
  ready,
  draining,
  drain_connections_remaining,
  config_last_reload_successful,
  config_last_reload_timestamp_seconds,
  process_cpu_seconds_total,
  process_resident_memory_bytes,
  process_virtual_memory_bytes,
  process_open_fds,
  process_max_fds,
  process_start_time_seconds,
  connections_total,
  connections_active,
  connection_states,
  connections_closed_total,
  connections_refused_total,
  clients_active,
  bytes_total,
  frames_total,
  connection_duration_seconds,
  handshake_seconds,
  ping_rtt_seconds,
  users_online,
  users_seen_total,
  rooms_active,
  rooms_size,
  events_total,
  events_latency_seconds,
  publish_ack_seconds,
  publications_refused_total,
  publications_duplicate_total,
  limit_hits_total,
  deliveries_total,
  deliveries_dropped_total,
  fanout_members,
  recoveries_total,
  recovered_events,
  sessions_held,
  members_lagging,
  member_lag_transitions_total,
  send_queue_bytes,
  store_commit_seconds,
  store_batch_events,
  store_writer_queue_events,
  store_size_bytes,
  store_errors_total,
  cluster_nodes,
  cluster_lease_held,
  cluster_store_state,
  cluster_log_lag_entries,
  cluster_log_lag_seconds,
  cluster_messages_total,
  cluster_bus_away,
  cluster_bus_messages_total,
  hook_requests_total,
  hook_seconds,
  hook_breaker_open,
  push_notifications_total,
  push_seconds,
  push_devices,
  push_waiting,
  push_suspended,
  auth_attempts_total,
  jwks_last_success_timestamp_seconds,
  tls_certificate_not_after_timestamp_seconds,
  http_requests_total,
  http_request_duration_seconds,
  loop_busy_seconds_total,
  loop_turn_seconds,
  memory_used_bytes,
  memory_limit_bytes,
  log_lines_total,
  log_lines_lost_total,
  audit_records_total,
  audit_records_lost_total,
  audit_failing,
  trace_spans_sent_total,
  trace_spans_dropped_total,
  metric_series,
  metric_overflow_total,
};

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// What a cell counts: seconds are kept as nanoseconds.
enum class Unit : std::uint8_t { none, seconds, bytes };

/// How cells of several writers become samples: `sum` adds them up; `shard` shows each shard's with a label `shard`.
enum class Writers : std::uint8_t { sum, shard };

/// `all`: zeros are exported from the start. `seen`: a value is exported once it was counted. `set`: nothing is exported if the
/// value is 0, which means that it is not set. `cluster`: zeros are exported where the server is a node of a cluster.
enum class Zeros : std::uint8_t { all, seen, set, cluster };

/// The upper bounds of a histogram's buckets, ascending; the one without bound comes behind.
inline constexpr std::uint64_t kMicrosecond = 1'000, kMillisecond = 1'000'000, kSecond = 1'000'000'000;
inline constexpr std::array<std::uint64_t, 15> kLatencyBounds = {100 * kMicrosecond,
                                                                 250 * kMicrosecond,
                                                                 500 * kMicrosecond,
                                                                 kMillisecond,
                                                                 2'500 * kMicrosecond,
                                                                 5 * kMillisecond,
                                                                 10 * kMillisecond,
                                                                 25 * kMillisecond,
                                                                 50 * kMillisecond,
                                                                 100 * kMillisecond,
                                                                 250 * kMillisecond,
                                                                 500 * kMillisecond,
                                                                 kSecond,
                                                                 2'500 * kMillisecond,
                                                                 10 * kSecond};
inline constexpr std::array<std::uint64_t, 9> kDurationBounds = {kSecond,          10 * kSecond,     60 * kSecond,
                                                                 300 * kSecond,    900 * kSecond,    3'600 * kSecond,
                                                                 14'400 * kSecond, 43'200 * kSecond, 86'400 * kSecond};
inline constexpr std::array<std::uint64_t, 14> kCountBounds = {1,   2,   5,     10,    20,     50,      100,
                                                               200, 500, 1'000, 2'000, 10'000, 100'000, 1'000'000};

struct MetricRow {
  Metric metric;
  std::string_view name;  ///< as it is exported
  MetricType type;
  Unit unit;
  std::array<Domain, 3> labels;
  std::string_view help;
  std::span<const std::uint64_t> bounds = {};  ///< of a histogram
  Zeros zeros = Zeros::all;
  Writers writers = Writers::sum;
};

inline constexpr auto kCounter = MetricType::counter;
inline constexpr auto kGauge = MetricType::gauge;
inline constexpr auto kHistogram = MetricType::histogram;

}  // namespace dialogue::metrics
