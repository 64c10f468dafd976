// Every metric of the server in one table. It determines what is counted, exported, documented (docs/reference/metrics.md), shown
// (the Grafana dashboard) and alerted on. To add a metric, add an enumerator (metric.hpp), a row and a test that changes its
// value. Immutable.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "server/metrics/metric.hpp"

namespace dialogue::metrics {

using LabelDomains = std::array<Domain, 3>;

/// The unit in a metric's name: https://prometheus.io/docs/practices/naming.
[[nodiscard]] constexpr Unit unit_of(std::string_view name) {
  if (name.ends_with("_total")) name.remove_suffix(std::string_view("_total").size());
  return name.ends_with("_seconds") ? Unit::seconds : name.ends_with("_bytes") ? Unit::bytes : Unit::none;
}

[[nodiscard]] constexpr MetricRow counter(Metric metric, std::string_view name, LabelDomains labels, std::string_view help) {
  return {metric, name, kCounter, unit_of(name), labels, help};
}
[[nodiscard]] constexpr MetricRow gauge(Metric metric, std::string_view name, LabelDomains labels, std::string_view help) {
  return {metric, name, kGauge, unit_of(name), labels, help};
}
[[nodiscard]] constexpr MetricRow histogram(Metric metric, std::string_view name, LabelDomains labels,
                                            std::span<const std::uint64_t> bounds, std::string_view help) {
  return {metric, name, kHistogram, unit_of(name), labels, help, bounds};
}
[[nodiscard]] constexpr MetricRow seen(MetricRow row) {
  row.zeros = Zeros::seen;
  return row;
}
[[nodiscard]] constexpr MetricRow where_set(MetricRow row) {
  row.zeros = Zeros::set;
  return row;
}
[[nodiscard]] constexpr MetricRow in_cluster(MetricRow row) {
  row.zeros = Zeros::cluster;
  return row;
}
[[nodiscard]] constexpr MetricRow by_shard(MetricRow row) {
  row.writers = Writers::shard;
  return row;
}

inline constexpr std::array kMetrics = {
    // State
    gauge(Metric::build_info, "dialogue_build_info", {Domain::build}, "Build information; constant 1."),
    gauge(Metric::ready, "dialogue_ready", {Domain::check}, "Result of each /ready check: 1 passes, 0 fails."),
    gauge(Metric::draining, "dialogue_draining", {},
          "Whether the server is draining (1): it is stopping and disconnects its clients."),
    gauge(Metric::drain_connections_remaining, "dialogue_drain_connections_remaining", {},
          "Connections that the drain is waiting for; 0 when not draining."),
    gauge(Metric::config_last_reload_successful, "dialogue_config_last_reload_successful", {},
          "Whether the last configuration reload succeeded (1) or failed (0); 1 before the first reload."),
    gauge(Metric::config_last_reload_timestamp_seconds, "dialogue_config_last_reload_timestamp_seconds", {},
          "Unix time at which the current configuration was read."),
    counter(Metric::process_cpu_seconds_total, "process_cpu_seconds_total", {}, "User and system CPU time of the process."),
    gauge(Metric::process_resident_memory_bytes, "process_resident_memory_bytes", {}, "Resident memory of the process."),
    gauge(Metric::process_virtual_memory_bytes, "process_virtual_memory_bytes", {}, "Virtual memory of the process."),
    gauge(Metric::process_open_fds, "process_open_fds", {}, "Open file descriptors."),
    gauge(Metric::process_max_fds, "process_max_fds", {}, "Maximum number of open file descriptors."),
    gauge(Metric::process_start_time_seconds, "process_start_time_seconds", {}, "Start time of the process, in Unix time."),

    // Connections
    counter(Metric::connections_total, "dialogue_connections_total", {Domain::transport},
            "Connections opened, counted before HELLO."),
    gauge(Metric::connections_active, "dialogue_connections_active", {Domain::transport}, "Current connections in any state."),
    gauge(Metric::connection_states, "dialogue_connection_states", {Domain::state},
          "Current connections by state; http counts sockets still speaking HTTP."),
    seen(counter(Metric::connections_closed_total, "dialogue_connections_closed_total", {Domain::ending},
                 "Established connections that ended, by initiator and reason.")),
    seen(counter(Metric::connections_refused_total, "dialogue_connections_refused_total", {Domain::turned_away},
                 "Rejected connections: over HTTP, or before WELCOME.")),
    gauge(Metric::clients_active, "dialogue_clients_active", {Domain::client},
          "Current established connections, by kind of client."),
    counter(Metric::bytes_total, "dialogue_bytes_total", {Domain::direction, Domain::transport},
            "Bytes of frames, excluding transport overhead."),
    seen(counter(Metric::frames_total, "dialogue_frames_total", {Domain::direction, Domain::frame},
                 "Frames of dialogue.v1, by direction and type.")),
    histogram(Metric::connection_duration_seconds, "dialogue_connection_duration_seconds", {Domain::transport}, kDurationBounds,
              "Duration of established connections."),
    histogram(Metric::handshake_seconds, "dialogue_handshake_seconds", {Domain::stage}, kLatencyBounds,
              "Duration of the handshake stages: transport opened to HELLO, and HELLO to WELCOME."),
    histogram(Metric::ping_rtt_seconds, "dialogue_ping_rtt_seconds", {}, kLatencyBounds,
              "Time from a ping to the next data from the client, rounded to milliseconds."),

    // Users and rooms
    gauge(Metric::users_online, "dialogue_users_online", {}, "Number of connected users."),
    counter(Metric::users_seen_total, "dialogue_users_seen_total", {},
            "Distinct users since the start: an estimate, accurate to about 2 %."),
    gauge(Metric::rooms_active, "dialogue_rooms_active", {Domain::room}, "Rooms in memory, by definition."),
    gauge(Metric::rooms_size, "dialogue_rooms_size", {Domain::room},
          "Members of all rooms, by definition, including slots reserved for lost sessions."),

    // Publishing
    counter(Metric::events_total, "dialogue_events_total", {Domain::pair}, "Accepted publications."),
    histogram(Metric::events_latency_seconds, "dialogue_events_latency_seconds", {Domain::pair}, kLatencyBounds,
              "Time from accepting a publication to writing it to a shard's last up-to-date member."),
    histogram(Metric::publish_ack_seconds, "dialogue_publish_ack_seconds", {Domain::durability}, kLatencyBounds,
              "Time from receiving a publication to its acknowledgement."),
    seen(counter(Metric::publications_refused_total, "dialogue_publications_refused_total", {Domain::refusal},
                 "Rejected publications, by error code and responsible side.")),
    counter(Metric::publications_duplicate_total, "dialogue_publications_duplicate_total", {},
            "Duplicate publications (retries)."),
    counter(Metric::limit_hits_total, "dialogue_limit_hits_total", {Domain::limit}, "Requests rejected by a limit."),
    counter(Metric::deliveries_total, "dialogue_deliveries_total", {Domain::transport}, "Events sent live to members."),
    counter(Metric::deliveries_dropped_total, "dialogue_deliveries_dropped_total", {Domain::drop},
            "Volatile events dropped for members that lag or have no credit."),
    histogram(Metric::fanout_members, "dialogue_fanout_members", {}, kCountBounds, "Room size at each publication."),

    // Recovery and lag
    counter(Metric::recoveries_total, "dialogue_recoveries_total", {Domain::recovery}, "Recovery attempts, by result."),
    histogram(Metric::recovered_events, "dialogue_recovered_events", {}, kCountBounds, "Events to recover per recovery attempt."),
    gauge(Metric::sessions_held, "dialogue_sessions_held", {}, "Room slots reserved for lost sessions."),
    gauge(Metric::members_lagging, "dialogue_members_lagging", {},
          "Members that read from the log because they lag or joined at an old position."),
    counter(Metric::member_lag_transitions_total, "dialogue_member_lag_transitions_total", {Domain::lag},
            "Members that started to lag, caught up, or left while lagging."),
    gauge(Metric::send_queue_bytes, "dialogue_send_queue_bytes", {}, "Bytes queued for sending, of all connections."),

    // Store
    histogram(Metric::store_commit_seconds, "dialogue_store_commit_seconds", {}, kLatencyBounds,
              "Duration of appends to the store."),
    histogram(Metric::store_batch_events, "dialogue_store_batch_events", {}, kCountBounds, "Events per append to the store."),
    gauge(Metric::store_writer_queue_events, "dialogue_store_writer_queue_events", {}, "Events in pending appends."),
    where_set(gauge(Metric::store_size_bytes, "dialogue_store_size_bytes", {Domain::file}, "Size of the store's files.")),
    counter(Metric::store_errors_total, "dialogue_store_errors_total", {Domain::operation}, "Failed store requests."),

    // Cluster
    in_cluster(
        gauge(Metric::cluster_nodes, "dialogue_cluster_nodes", {},
              "Live nodes of the cluster, including this one. This and the other metrics of the cluster are absent without "
              "--cluster.")),
    in_cluster(gauge(Metric::cluster_lease_held, "dialogue_cluster_lease_held", {},
                     "Whether this node's lease is valid (1). Without one the other nodes remove its members.")),
    in_cluster(gauge(Metric::cluster_store_state, "dialogue_cluster_store_state", {Domain::store_state},
                     "State of the cluster's store, as this node sees it: 1 for the current state, 0 for the others.")),
    in_cluster(gauge(Metric::cluster_log_lag_entries, "dialogue_cluster_log_lag_entries", {},
                     "Entries of the cluster's log that this node knows of and has not read.")),
    in_cluster(gauge(Metric::cluster_log_lag_seconds, "dialogue_cluster_log_lag_seconds", {},
                     "Time since this node had read the cluster's log to its end; 0 while it has.")),
    in_cluster(counter(Metric::cluster_messages_total, "dialogue_cluster_messages_total", {Domain::direction},
                       "Messages to and from other nodes.")),
    in_cluster(gauge(Metric::cluster_bus_away, "dialogue_cluster_bus_away", {},
                     "Whether the bus (--bus) is not connected (1). What other nodes write is found within a second then.")),
    seen(counter(Metric::cluster_bus_messages_total, "dialogue_cluster_bus_messages_total", {Domain::direction},
                 "Messages to and from the bus (--bus).")),

    // Hooks, authentication, HTTP
    counter(Metric::hook_requests_total, "dialogue_hook_requests_total", {Domain::hook, Domain::hook_outcome},
            "Completed hook calls."),
    histogram(Metric::hook_seconds, "dialogue_hook_seconds", {Domain::hook}, kLatencyBounds, "Duration of hook calls."),
    gauge(Metric::hook_breaker_open, "dialogue_hook_breaker_open", {},
          "Whether HTTP hooks are suspended (1) because the backend failed."),
    seen(counter(Metric::push_notifications_total, "dialogue_push_notifications_total", {Domain::push_outcome},
                 "Notifications by device and outcome. Absent without --push-vapid, like the other metrics of push.")),
    seen(histogram(Metric::push_seconds, "dialogue_push_seconds", {}, kLatencyBounds,
                   "Time from accepting a notification to its acceptance by a push service.")),
    where_set(gauge(Metric::push_devices, "dialogue_push_devices", {}, "Devices that notifications can be sent to.")),
    where_set(gauge(Metric::push_waiting, "dialogue_push_waiting", {}, "Notifications that wait for at least one device.")),
    where_set(gauge(Metric::push_suspended, "dialogue_push_suspended", {},
                    "Push services that are suspended because they refuse this server.")),
    counter(Metric::auth_attempts_total, "dialogue_auth_attempts_total", {Domain::method, Domain::auth_outcome},
            "Authentication attempts, in HELLO, REFRESH and JOIN."),
    where_set(gauge(Metric::jwks_last_success_timestamp_seconds, "dialogue_jwks_last_success_timestamp_seconds", {},
                    "Unix time of the last successful fetch of keys. Absent without a JWKS URL.")),
    where_set(gauge(Metric::tls_certificate_not_after_timestamp_seconds, "dialogue_tls_certificate_not_after_timestamp_seconds",
                    {}, "Expiry of the certificate, in Unix time. Absent without TLS.")),
    seen(counter(Metric::http_requests_total, "dialogue_http_requests_total", {Domain::endpoint, Domain::status},
                 "HTTP responses sent, excluding upgraded connections.")),
    seen(histogram(Metric::http_request_duration_seconds, "dialogue_http_request_duration_seconds", {Domain::endpoint},
                   kLatencyBounds, "Time from an HTTP request's head to its response.")),

    // The loops, and the server itself
    by_shard(
        counter(Metric::loop_busy_seconds_total, "dialogue_loop_busy_seconds_total", {}, "Time a shard's event loop was busy.")),
    by_shard(histogram(Metric::loop_turn_seconds, "dialogue_loop_turn_seconds", {}, kLatencyBounds,
                       "Duration of an iteration of a shard's event loop.")),
    gauge(Metric::memory_used_bytes, "dialogue_memory_used_bytes", {}, "Memory counted against the limit."),
    where_set(gauge(Metric::memory_limit_bytes, "dialogue_memory_limit_bytes", {},
                    "Memory limit above which new connections are rejected. Absent if unlimited.")),
    counter(Metric::log_lines_total, "dialogue_log_lines_total", {Domain::level}, "Log lines written."),
    counter(Metric::log_lines_lost_total, "dialogue_log_lines_lost_total", {},
            "Log lines dropped because they could not be written fast enough."),
    seen(counter(Metric::audit_records_total, "dialogue_audit_records_total", {Domain::audit},
                 "Audit records written. Absent without --audit.")),
    seen(counter(Metric::audit_records_lost_total, "dialogue_audit_records_lost_total", {},
                 "Sign-ins, rejections, publications and receipts missing from the audit because it could not be written or "
                 "could not keep up.")),
    gauge(Metric::audit_failing, "dialogue_audit_failing", {},
          "Whether the last write to the audit failed (1): administrative calls are rejected."),
    counter(Metric::trace_spans_sent_total, "dialogue_trace_spans_sent_total", {},
            "Spans accepted by the receiver of --otlp-endpoint."),
    counter(Metric::trace_spans_dropped_total, "dialogue_trace_spans_dropped_total", {},
            "Spans dropped because the queue was full or the receiver rejected them."),
    gauge(Metric::metric_series, "dialogue_metric_series", {}, "Series in this response."),
    counter(Metric::metric_overflow_total, "dialogue_metric_overflow_total", {Domain::overflow},
            "Label values folded into \"other\" because the series limit was reached."),
};

[[nodiscard]] constexpr const MetricRow& metric_row(Metric metric) { return kMetrics.at(static_cast<std::size_t>(metric)); }

/// Number of label combinations of a metric, used or not.
[[nodiscard]] constexpr std::size_t label_sets(const MetricRow& row) {
  std::size_t sets = 1;
  for (const Domain domain : row.labels) sets *= size_of(domain);
  return sets;
}

/// Whether exactly the counters end in "_total" and exactly the histograms have bounds.
[[nodiscard]] constexpr bool is_well_formed(const MetricRow& row) {
  return (row.type == kCounter) == row.name.ends_with("_total") && (row.type == kHistogram) != row.bounds.empty();
}

static_assert([] {
  for (std::size_t i = 0; i < kMetrics.size(); ++i)
    if (kMetrics.at(i).metric != static_cast<Metric>(i) || !is_well_formed(kMetrics.at(i))) return false;
  return kMetrics.size() == static_cast<std::size_t>(Metric::metric_overflow_total) + 1;
}());

}  // namespace dialogue::metrics
