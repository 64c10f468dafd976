// The last report on the cluster, where any thread can read it: for /ready, the HTTP API and the metrics. Safe from any thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "server/cluster/cluster_report.hpp"
#include "server/metrics/shared_cells.hpp"

namespace dialogue {

class ClusterBoard {
 public:
  /// `store_address`: without secrets. `now_ms`: the clock of the cluster. `metrics`: null: nowhere.
  ClusterBoard(std::string store_address, std::function<std::uint64_t()> now_ms, std::shared_ptr<metrics::SharedCells> metrics)
      : store_address_(std::move(store_address)), now_ms_(std::move(now_ms)), metrics_(std::move(metrics)) {}

  void put(cluster::ClusterReport report) {
    if (metrics_) measure(report);
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
  }

  /// The answer of the HTTP API.
  [[nodiscard]] std::string text() const { return cluster::text_of(report(), store_address_, now_ms_()); }

  /// One word for /ready; empty: the node has its lease.
  [[nodiscard]] std::string why_not_ready() const {
    const std::lock_guard lock(mutex_);
    const cluster::LeaseState lease = cluster::lease_state(report_, now_ms_());
    if (lease == cluster::LeaseState::held) return {};
    return lease == cluster::LeaseState::joining ? "cluster_joining" : "cluster_lease_over";
  }

 private:
  [[nodiscard]] cluster::ClusterReport report() const {
    const std::lock_guard lock(mutex_);
    return report_;
  }

  void measure(const cluster::ClusterReport& report) const {
    using metrics::Metric, metrics::StoreState;
    constexpr std::uint64_t kNsPerMs = 1'000'000;
    const bool is_held = cluster::lease_state(report, now_ms_()) == cluster::LeaseState::held;
    metrics_->set(Metric::cluster_nodes, 0, std::max<std::uint64_t>(report.nodes.size(), 1));
    metrics_->set(Metric::cluster_lease_held, 0, is_held ? 1 : 0);
    for (const StoreState state : {StoreState::ok, StoreState::slow, StoreState::away})
      metrics_->set(Metric::cluster_store_state, state, static_cast<int>(state) == static_cast<int>(report.log.engine) ? 1 : 0);
    metrics_->set(Metric::cluster_log_lag_entries, 0, report.log.head - report.log.position);
    metrics_->set(Metric::cluster_log_lag_seconds, 0, report.log.behind_ms * kNsPerMs);
    metrics_->set(Metric::cluster_messages_total, metrics::Direction::out, report.sent);
    metrics_->set(Metric::cluster_messages_total, metrics::Direction::in, report.received);
    metrics_->set(Metric::cluster_bus_away, 0, !report.bus.address.empty() && !report.bus.is_connected ? 1 : 0);
    metrics_->set(Metric::cluster_bus_messages_total, metrics::Direction::out, report.bus.sent);
    metrics_->set(Metric::cluster_bus_messages_total, metrics::Direction::in, report.bus.received);
  }

  const std::string store_address_;
  const std::function<std::uint64_t()> now_ms_;
  const std::shared_ptr<metrics::SharedCells> metrics_;
  mutable std::mutex mutex_;
  cluster::ClusterReport report_;
};

}  // namespace dialogue
