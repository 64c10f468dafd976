// The settings of one server's loops, and their shared parts. Immutable while they run, so that no lock is needed; mutable
// parts lock themselves.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/calls/pending_calls.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/metrics/reading.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/net/address_limits.hpp"
#include "server/replay/recorder.hpp"
#include "server/store/store.hpp"

namespace dialogue::loop {

class SocketEntrance;

struct LoopConfig {
  core::ShardConfig shard;  ///< `shard.catalogue` is parsed again from `shard.catalogue_bytes`
  /// The time from the beginning of a shard's turn to that of the next one if many messages arrive (PollPolicy). Zero: no
  /// waiting.
  std::chrono::microseconds coalesce_time{1000};
  core::IdentitySource identify;  ///< who a connection is. Required
  /// Where durable rooms keep their logs; none: nowhere, every room's log is in memory.
  std::shared_ptr<store::Store> store;
  /// Makes a shard's own store for rooms in memory, which answers inside each call. Required.
  std::function<std::unique_ptr<store::Store>(std::uint64_t seed)> make_memory_store;
  /// The flight recorder, see Server::recording(). `bytes_max` is of all shards together; a salt is made. Absent: none.
  std::optional<replay::RecordingOptions> recording;
  /// At stop, each client is assigned a time to reconnect: the first after `drain_pause_ms`, in which the server is started
  /// again, the others over an interval of at least `drain_ms`, long enough that at most `drain_rate` reconnect per second (0:
  /// any number).
  std::uint64_t drain_pause_ms = 1'000, drain_ms = 1'000, drain_rate = 1'000;
  /// With several nodes: called with the news of this node's shards for the other nodes, on the shards' threads. Empty: news are
  /// dropped.
  std::function<void(core::NodeNews)> tell_nodes;
  /// With several nodes: called with a call of the application before this server handles it, on any thread. Returns the function
  /// that receives this server's result instead of `done`. Empty: calls are not forwarded.
  std::function<calls::CallDone(const core::ApplicationCall&, calls::CallDone done)> forward;
  std::function<void(const std::string& reason)> on_failure;  ///< the server cannot go on; called once, on a shard's thread
  /// Metrics that no shard counts: log lines, the store, hooks. Not null once the server is created.
  std::shared_ptr<metrics::SharedCells> shared_metrics;
  std::function<void(const core::LogLine&)> log;  ///< called on shard threads, concurrently; must not block; empty: no log
};

struct LoopContext {
  const LoopConfig& config;
  net::AddressLimits& address_limits;
  SocketEntrance& entrance;
  calls::PendingCalls& calls;
  std::shared_ptr<const metrics::MetricNames> metric_names{};
  /// Sets the gauges of the process. On any loop's thread, and perhaps on several.
  std::function<void(metrics::CellValues&)> measure{};
  mutable std::atomic<std::size_t> connections{0};  ///< in the tables of all loops; ShardLimits::connections_max bounds them
  mutable std::atomic<bool> has_given_up{false};
  mutable std::mutex giving_up{};
  mutable std::condition_variable gave_up{};

  /// Says once that the server cannot go on.
  void give_up(const std::string& reason) const {
    {
      const std::lock_guard lock(giving_up);
      if (has_given_up.exchange(true)) return;
    }
    gave_up.notify_all();
    if (config.on_failure) config.on_failure(reason);
  }
  /// Serves on for that time, or until the server cannot go on.
  void wait_to_leave(std::chrono::milliseconds time) const {
    std::unique_lock lock(giving_up);
    gave_up.wait_for(lock, time, [this] { return has_given_up.load(); });
  }
  /// Adds what belongs to no loop.
  void complete(metrics::Reading& reading) const {
    reading.names = metric_names;
    if (config.shared_metrics) config.shared_metrics->add_to(reading.process);
    if (measure) measure(reading.process);
  }
  void log(const core::LogLine& line) const {
    if (config.log) config.log(line);
  }
};

}  // namespace dialogue::loop
