// What a node knows of its cluster at one time, for operators. Plain values and pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/cluster/cluster_log.hpp"
#include "server/cluster/cluster_state.hpp"
#include "server/store/store.hpp"

namespace dialogue::cluster {

class Cluster;

/// The state of this node's lease. `joining`: it has not written Hello yet, or not since the log was lost. `held`: the other
/// nodes count it as live. `over`: they may have removed its members.
enum class LeaseState : std::uint8_t { joining, held, over };

struct ClusterReport {
  std::string self;                 ///< its id
  std::vector<NodeStatus> nodes{};  ///< with itself, in the order of their ids
  LogFigures log{};
  std::uint64_t lease_ms = 0;            ///< how long each lease is
  std::uint64_t lease_end_ms = 0;        ///< of its own, by the cluster's clock; 0: it has none
  bool knows_all = false;                ///< the parts of all nodes
  std::uint64_t sent = 0, received = 0;  ///< messages to and from other nodes
  store::BusState bus{};
};

/// `sent`, `received`: what the caller counts. `bus`: the store's.
[[nodiscard]] ClusterReport report_on(const Cluster& cluster, std::uint64_t sent, std::uint64_t received,
                                      store::BusState bus = {});

/// Returns the state of the lease. `now_ms`: by the clock of the cluster.
[[nodiscard]] LeaseState lease_state(const ClusterReport& report, std::uint64_t now_ms);

/// The JSON object of the HTTP API. `store_address` is shown as it is.
[[nodiscard]] std::string text_of(const ClusterReport& report, std::string_view store_address, std::uint64_t now_ms);

}  // namespace dialogue::cluster
