// The settings that all shards of one server share, constant while it runs.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/effects/drain_watch.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/messages/publication_trace.hpp"
#include "server/core/messages/receipts.hpp"
#include "shared/base/limits.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

struct ShardLimits {
  std::size_t message_bytes_max = kMessageBytesMax;
  std::size_t rooms_per_connection_max = kRoomsPerConnectionMax;
  /// Unsent bytes of one connection before it is closed as slow_consumer. Events alone never reach it.
  std::size_t backlog_bytes_max = 1024 * 1024;
  std::size_t connections_max = 10'000;                       ///< of the server
  std::size_t connections_per_user = kConnectionsPerUserMax;  ///< 0: any number
  std::uint64_t hello_timeout_ms = kHelloTimeoutMs;
  std::uint64_t ping_interval_ms = kPingIntervalMs;
  std::uint64_t stream_heartbeat_ms = 15'000;  ///< the same for streamed responses: proxies end what is silent for longer
  std::uint64_t ping_timeout_ms = kPingReplyTimeoutMs;
  std::uint64_t write_stall_timeout_ms = kWriteStallTimeoutMs;
  std::uint64_t slot_ttl_ms = kSlotTtlMs;  ///< a lost session's places in its rooms
  std::uint64_t room_idle_ms = kRoomIdleMs;
  /// Unsent bytes of one connection with which a room's events no longer go to it as they come, but from the log. Volatile ones
  /// are dropped from half of it on.
  std::size_t lag_bytes_max = 256 * 1024;
  std::uint64_t producer_age_ms = kProducerAgeMs;
  std::uint64_t memory_log_kept_ms = 600'000;  ///< the log in memory of a pattern's room that was freed
};

struct ShardConfig {
  Definitions definitions;  ///< policies; its rooms in the catalogue's order
  std::vector<std::uint8_t> catalogue_bytes;
  CatalogueView catalogue;           ///< over catalogue_bytes
  std::string session_secret;        ///< random bytes that sessions' secrets are made of; never sent
  bool has_durable_store = false;    ///< StoreRequests may be durable; else every room's log is in memory
  bool shares_store = false;         ///< other servers write the durable store, too: every room's log is there, and followed
  std::vector<KeptRoom> made_rooms;  ///< what the store keeps of rooms that were made at run time, when the server starts
  Hooks hooks;
  ExchangeSource exchanges = {};  ///< what handles calls and streams; empty: nothing
  ShardLimits limits;
  std::shared_ptr<DrainWatch> drain_watch = nullptr;              ///< null: none
  std::shared_ptr<PublicationWatch> publication_watch = nullptr;  ///< null: none
  std::shared_ptr<ReceiptSink> receipts = nullptr;                ///< null: none are kept
  /// Whether lines of this event that exceed the log's rate are still passed on (LogLine::is_swallowed); empty: none are. Called
  /// on any thread.
  std::function<bool(std::string_view event)> wants_line = {};
};

/// Returns the limit of each connection's requests that read.
[[nodiscard]] inline RateLimit read_limit(const ShardConfig& config) {
  return config.definitions.client_limits.reads.value_or(RateLimit{kReadRequestsMax, kReadRequestsWindowMs});
}

}  // namespace dialogue::core
