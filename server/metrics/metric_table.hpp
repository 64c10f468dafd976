// Every metric of the server, in one table: what is counted, exported, documented (docs/reference/metrics.md), shown (the Grafana
// dashboard) and alerted on is this. A new metric is an enumerator (metric.hpp) and a row, and a test that makes it move.
// Immutable.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "server/metrics/metric.hpp"

namespace dialogue::metrics {

using LabelDomains = std::array<Domain, 3>;

/// What a name says: https://prometheus.io/docs/practices/naming.
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
[[nodiscard]] constexpr MetricRow by_shard(MetricRow row) {
  row.writers = Writers::shard;
  return row;
}

inline constexpr std::array kMetrics = {
    // State
    gauge(Metric::build_info, "dialogue_build_info", {Domain::build}, "The version that runs; always 1."),
    gauge(Metric::ready, "dialogue_ready", {Domain::check}, "Whether a check of /ready passes (1) or not (0)."),
    gauge(Metric::draining, "dialogue_draining", {},
          "Whether the server drains (1): it was asked to stop, and disconnects its clients."),
    gauge(Metric::drain_connections_remaining, "dialogue_drain_connections_remaining", {},
          "Connections that the drain still waits for; 0 while the server does not drain."),
    gauge(Metric::config_last_reload_successful, "dialogue_config_last_reload_successful", {},
          "Whether the last reload of the configuration took effect (1); 1 before the first one."),
    gauge(Metric::config_last_reload_timestamp_seconds, "dialogue_config_last_reload_timestamp_seconds", {},
          "When the configuration in use was read, in Unix time."),
    counter(Metric::process_cpu_seconds_total, "process_cpu_seconds_total", {}, "CPU time of the process, user and system."),
    gauge(Metric::process_resident_memory_bytes, "process_resident_memory_bytes", {}, "Resident memory of the process."),
    gauge(Metric::process_virtual_memory_bytes, "process_virtual_memory_bytes", {}, "Virtual memory of the process."),
    gauge(Metric::process_open_fds, "process_open_fds", {}, "Open file descriptors."),
    gauge(Metric::process_max_fds, "process_max_fds", {}, "File descriptors that the process may open."),
    gauge(Metric::process_start_time_seconds, "process_start_time_seconds", {}, "When the process began, in Unix time."),

    // Connections
    counter(Metric::connections_total, "dialogue_connections_total", {Domain::transport},
            "Connections that began, before HELLO."),
    gauge(Metric::connections_active, "dialogue_connections_active", {Domain::transport},
          "Connections that there are, in any state."),
    gauge(Metric::connection_states, "dialogue_connection_states", {Domain::state},
          "Connections by the state of their life; http: sockets that are no connections."),
    seen(counter(Metric::connections_closed_total, "dialogue_connections_closed_total", {Domain::ending},
                 "Connections past WELCOME that ended, by who ended them and why.")),
    seen(counter(Metric::connections_refused_total, "dialogue_connections_refused_total", {Domain::turned_away},
                 "Connections that were refused, by HTTP or before WELCOME.")),
    gauge(Metric::clients_active, "dialogue_clients_active", {Domain::client},
          "Connections past WELCOME, by the kind of client that HELLO names."),
    counter(Metric::bytes_total, "dialogue_bytes_total", {Domain::direction, Domain::transport},
            "Bytes of frames, without what transports add to them."),
    seen(counter(Metric::frames_total, "dialogue_frames_total", {Domain::direction, Domain::frame}, "Frames of dialogue.v1.")),
    histogram(Metric::connection_duration_seconds, "dialogue_connection_duration_seconds", {Domain::transport}, kDurationBounds,
              "How long connections past WELCOME lasted."),
    histogram(Metric::handshake_seconds, "dialogue_handshake_seconds", {Domain::stage}, kLatencyBounds,
              "Time of a handshake's stage: from the transport's beginning to HELLO, from HELLO to WELCOME."),
    histogram(Metric::ping_rtt_seconds, "dialogue_ping_rtt_seconds", {}, kLatencyBounds,
              "From a ping to the client's next sign of life, in whole milliseconds."),

    // Users and rooms
    gauge(Metric::users_online, "dialogue_users_online", {}, "Users with a connection."),
    counter(Metric::users_seen_total, "dialogue_users_seen_total", {},
            "Different users since the start: an estimate, within about 2 %."),
    gauge(Metric::rooms_active, "dialogue_rooms_active", {Domain::room}, "Rooms in memory, by the pattern of their definition."),
    gauge(Metric::rooms_size, "dialogue_rooms_size", {Domain::room},
          "Members of all rooms of a definition, with the places that are kept for lost sessions."),

    // Publishing
    counter(Metric::events_total, "dialogue_events_total", {Domain::pair}, "Publications that were accepted."),
    histogram(Metric::events_latency_seconds, "dialogue_events_latency_seconds", {Domain::pair}, kLatencyBounds,
              "From accepting a publication to writing it to the last member of a shard that does not lag."),
    histogram(Metric::publish_ack_seconds, "dialogue_publish_ack_seconds", {Domain::durability}, kLatencyBounds,
              "From receiving a publication to its acknowledgement."),
    seen(counter(Metric::publications_refused_total, "dialogue_publications_refused_total", {Domain::refusal},
                 "Publications that were refused, by code and by whose fault it was.")),
    counter(Metric::publications_duplicate_total, "dialogue_publications_duplicate_total", {},
            "Publications that had been accepted before: a retry."),
    counter(Metric::limit_hits_total, "dialogue_limit_hits_total", {Domain::limit}, "Requests that a limit refused."),
    counter(Metric::deliveries_total, "dialogue_deliveries_total", {Domain::transport},
            "Events that were sent to members as they came."),
    counter(Metric::deliveries_dropped_total, "dialogue_deliveries_dropped_total", {Domain::drop},
            "Volatile events that a member did not get, since it lags or gave no credit."),
    histogram(Metric::fanout_members, "dialogue_fanout_members", {}, kCountBounds, "Size of the room of each publication."),

    // Recovery and lag
    counter(Metric::recoveries_total, "dialogue_recoveries_total", {Domain::recovery},
            "Joins from a position, by whether everything since then could be given."),
    histogram(Metric::recovered_events, "dialogue_recovered_events", {}, kCountBounds,
              "Events that a join from a position is owed."),
    gauge(Metric::sessions_held, "dialogue_sessions_held", {}, "Places in rooms that are kept for lost sessions."),
    gauge(Metric::members_lagging, "dialogue_members_lagging", {},
          "Members that read from the log, since they lag or join at an old position."),
    counter(Metric::member_lag_transitions_total, "dialogue_member_lag_transitions_total", {Domain::lag},
            "Members that began to lag, caught up, or left before they had."),
    gauge(Metric::send_queue_bytes, "dialogue_send_queue_bytes", {}, "Bytes that wait to be sent, of all connections."),

    // Store
    histogram(Metric::store_commit_seconds, "dialogue_store_commit_seconds", {}, kLatencyBounds,
              "From asking the store to append to its answer."),
    histogram(Metric::store_batch_events, "dialogue_store_batch_events", {}, kCountBounds, "Events in one append."),
    gauge(Metric::store_writer_queue_events, "dialogue_store_writer_queue_events", {},
          "Events in appends that the store has not answered."),
    where_set(gauge(Metric::store_size_bytes, "dialogue_store_size_bytes", {Domain::file}, "Size of the store's files.")),
    counter(Metric::store_errors_total, "dialogue_store_errors_total", {Domain::operation},
            "Requests that the store answered with an error."),

    // Hooks, authentication, HTTP
    counter(Metric::hook_requests_total, "dialogue_hook_requests_total", {Domain::hook, Domain::hook_outcome},
            "Questions to the application that were answered."),
    histogram(Metric::hook_seconds, "dialogue_hook_seconds", {Domain::hook}, kLatencyBounds,
              "From a question to the application to its answer."),
    gauge(Metric::hook_breaker_open, "dialogue_hook_breaker_open", {},
          "Whether hooks by HTTP are suspended (1), since the backend failed."),
    counter(Metric::auth_attempts_total, "dialogue_auth_attempts_total", {Domain::method, Domain::auth_outcome},
            "Identities that were asked for, in HELLO, REFRESH and JOIN."),
    where_set(gauge(Metric::jwks_last_success_timestamp_seconds, "dialogue_jwks_last_success_timestamp_seconds", {},
                    "When keys were last fetched, in Unix time; absent without a JWKS URL.")),
    where_set(gauge(Metric::tls_certificate_not_after_timestamp_seconds, "dialogue_tls_certificate_not_after_timestamp_seconds",
                    {}, "When the certificate ends, in Unix time; absent without TLS.")),
    seen(counter(Metric::http_requests_total, "dialogue_http_requests_total", {Domain::endpoint, Domain::status},
                 "HTTP requests that were answered; what became a connection is not.")),
    seen(histogram(Metric::http_request_duration_seconds, "dialogue_http_request_duration_seconds", {Domain::endpoint},
                   kLatencyBounds, "From the head of an HTTP request to its answer.")),

    // The loops, and the server itself
    by_shard(counter(Metric::loop_busy_seconds_total, "dialogue_loop_busy_seconds_total", {},
                     "Time in which a shard's loop did not wait.")),
    by_shard(histogram(Metric::loop_turn_seconds, "dialogue_loop_turn_seconds", {}, kLatencyBounds,
                       "Time of a turn of a shard's loop.")),
    gauge(Metric::memory_used_bytes, "dialogue_memory_used_bytes", {}, "Memory that counts against the limit."),
    where_set(gauge(Metric::memory_limit_bytes, "dialogue_memory_limit_bytes", {},
                    "Above it no connection is accepted; absent where there is none.")),
    counter(Metric::log_lines_total, "dialogue_log_lines_total", {Domain::level}, "Log lines."),
    counter(Metric::log_lines_lost_total, "dialogue_log_lines_lost_total", {},
            "Log lines that were dropped, since they came faster than they could be written."),
    seen(counter(Metric::audit_records_total, "dialogue_audit_records_total", {Domain::audit},
                 "Records that were written to the audit; absent without --audit.")),
    seen(counter(Metric::audit_records_lost_total, "dialogue_audit_records_lost_total", {},
                 "Sign-ins, refusals, publications and receipts that the audit does not have, since it could not be written or "
                 "they came too fast.")),
    gauge(Metric::audit_failing, "dialogue_audit_failing", {},
          "Whether the audit could not be written when that was last tried (1): administrative calls are refused."),
    counter(Metric::trace_spans_sent_total, "dialogue_trace_spans_sent_total", {},
            "Spans of traces that the receiver of --otlp-endpoint has taken."),
    counter(Metric::trace_spans_dropped_total, "dialogue_trace_spans_dropped_total", {},
            "Spans that were dropped, since too many waited or the receiver did not take them."),
    gauge(Metric::metric_series, "dialogue_metric_series", {}, "Series in this answer."),
    counter(Metric::metric_overflow_total, "dialogue_metric_overflow_total", {Domain::overflow},
            "Rooms and events of definitions that are counted as \"other\", since there are more than have a series."),
};

[[nodiscard]] constexpr const MetricRow& metric_row(Metric metric) { return kMetrics.at(static_cast<std::size_t>(metric)); }

/// How many series' worth of labels a metric has, used or not.
[[nodiscard]] constexpr std::size_t label_sets(const MetricRow& row) {
  std::size_t sets = 1;
  for (const Domain domain : row.labels) sets *= size_of(domain);
  return sets;
}

/// Whether a counter is named like one, and only histograms have bounds.
[[nodiscard]] constexpr bool is_well_formed(const MetricRow& row) {
  return (row.type == kCounter) == row.name.ends_with("_total") && (row.type == kHistogram) != row.bounds.empty();
}

static_assert([] {
  for (std::size_t i = 0; i < kMetrics.size(); ++i)
    if (kMetrics.at(i).metric != static_cast<Metric>(i) || !is_well_formed(kMetrics.at(i))) return false;
  return kMetrics.size() == static_cast<std::size_t>(Metric::metric_overflow_total) + 1;
}());

}  // namespace dialogue::metrics
