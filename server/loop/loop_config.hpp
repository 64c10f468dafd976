// The settings of one server's loops, and what they share. Immutable while they run, so that no lock is
// needed; what may change locks itself.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/calls/pending_calls.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/net/address_limits.hpp"
#include "server/replay/recorder.hpp"
#include "server/store/store.hpp"

namespace dialogue::loop {

class SocketEntrance;

struct LoopConfig {
  core::ShardConfig shard;  ///< `shard.catalogue` is parsed again from `shard.catalogue_bytes`
  /// Where many messages come, from the beginning of a shard's turn to that of the next one (PollPolicy). Zero: no waiting.
  std::chrono::microseconds coalesce_time{1000};
  core::IdentitySource identify;  ///< who a connection is. Required
  /// Where durable rooms keep their logs; none: nowhere, every room's log is in memory.
  std::shared_ptr<store::Store> store;
  /// Makes a shard's own store for rooms in memory, which answers inside each call. Required.
  std::function<std::unique_ptr<store::Store>(std::uint64_t seed)> make_memory_store;
  /// The flight recorder, see Server::recording(). `bytes_max` is of all shards together; a salt is made. Absent: none.
  std::optional<replay::RecordingOptions> recording;
  std::uint64_t drain_spread_ms = 2'000;                      ///< at stop, clients are asked to come back spread over this
  std::function<void(const std::string& reason)> on_failure;  ///< the server cannot go on; called once, on a shard's thread
  std::function<void(const core::LogLine&)> log;  ///< called on shard threads, several at once; must not block; empty: no log
};

struct LoopContext {
  const LoopConfig& config;
  net::AddressLimits& address_limits;
  SocketEntrance& entrance;
  calls::PendingCalls& calls;
  mutable std::atomic<bool> has_given_up{false};

  /// Says once that the server cannot go on.
  void give_up(const std::string& reason) const {
    if (!has_given_up.exchange(true) && config.on_failure) config.on_failure(reason);
  }
  void log(const core::LogLine& line) const {
    if (config.log) config.log(line);
  }
};

}  // namespace dialogue::loop
