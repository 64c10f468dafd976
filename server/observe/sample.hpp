// A reading of the metrics for an operator, as plain numbers. A value; pure functions.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/metrics/reading.hpp"

namespace dialogue::observe {

inline constexpr std::size_t kHookVerbs = metrics::kHooks.size(), kPairs = metrics::kPairSeriesMax + 1;
/// A histogram of times: its buckets, and their sum.
using Times = std::array<std::uint64_t, metrics::kLatencyBounds.size() + 2>;

/// The answers and times of one hook.
struct HookSample {
  std::array<std::uint64_t, metrics::kHookOutcomes.size()> answers{};  ///< allowed, denied, failed
  Times seconds{};
};

struct Sample {
  std::uint64_t unix_ms = 0, monotonic_ns = 0;
  // Gauges
  std::uint64_t connections = 0, users = 0, rooms = 0, lagging = 0, queued_bytes = 0;
  std::uint64_t memory_bytes = 0, memory_limit_bytes = 0;  ///< memory_limit_bytes: 0 without a limit
  std::uint64_t store_queue = 0, store_bytes = 0, wal_bytes = 0;
  bool is_store_ready = true, is_draining = false, is_breaker_open = false, is_reload_good = true;
  bool is_audit_failing = false;
  bool has_lease = true, is_cluster_late = false;  ///< of a node of a cluster: the others count it; its store is slow or away
  // Counters
  std::uint64_t events = 0, deliveries = 0, refusals = 0, server_faults = 0, dropped = 0, log_lines_lost = 0, audit_lost = 0,
                appends = 0;
  std::array<std::uint64_t, metrics::kOperations.size()> store_errors{};
  Times commit_seconds{};
  std::array<HookSample, kHookVerbs> hooks{};
  std::array<std::uint64_t, kPairs> pairs{};  ///< events of each room's pattern and event
  std::vector<std::uint64_t> busy_ns{};       ///< of each shard
};

[[nodiscard]] Sample sample_of(const metrics::Reading& reading, std::uint64_t unix_ms, std::uint64_t monotonic_ns);

/// Returns the last two samples, between which rates are computed. If the history has fewer, returns `newest` twice.
[[nodiscard]] std::pair<const Sample&, const Sample&> rate_window(std::span<const Sample> history, const Sample& newest);
/// Returns the seconds from one sample to a later one, 0 if both have one time.
[[nodiscard]] double seconds_between(const Sample& before, const Sample& after);
/// Returns by how much a counter grew per second from one sample to a later one, 0 if both have one time.
[[nodiscard]] double per_second(const Sample& before, const Sample& after, std::uint64_t Sample::*counter);
/// Returns the share of time, 0 to 1, in which the busiest loop did not wait.
[[nodiscard]] double loop_busy(const Sample& before, const Sample& after);
/// Returns the quantile `share` (0 to 1) of the values between two samples, in milliseconds, by buckets; nothing without values.
[[nodiscard]] std::optional<double> quantile_ms(const Times& before, const Times& after, double share);
[[nodiscard]] std::uint64_t count_between(const Times& before, const Times& after);

}  // namespace dialogue::observe
