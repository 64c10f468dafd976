// Everything that one server's network side is told before it starts. A plain value; nothing here changes while the server runs,
// except for what Server::adjust() is told. The decisions' own settings (definitions, hooks, limits) are in `shard`.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/api/api.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/client_address.hpp"
#include "server/net/http_limits.hpp"
#include "server/net/loop_counts.hpp"
#include "server/net/tls.hpp"
#include "server/net/websocket_limits.hpp"
#include "server/replay/recorder.hpp"
#include "server/store/store.hpp"

namespace dialogue {

/// What may change while the server runs.
struct LiveSettings {
  std::vector<std::string> allowed_origins;
  AddressLimitSettings address_limits;
  std::uint64_t memory_bytes_max = 0;
  std::size_t connections_max = 0, connections_per_user_max = 0;
};

struct ServerConfig {
  ShardConfig shard;               ///< `shard.catalogue` is parsed again from `shard.catalogue_bytes`
  std::string host = "127.0.0.1";  ///< an IP address (not a name): "0.0.0.0", "::"; empty: no listener, only adopt()
  std::uint16_t port = 0;          ///< 0: the system chooses; see Server::port()
  /// A second listener, plain HTTP, that answers /metrics, /health and /ready to everybody who reaches it, and nothing else. An
  /// IP address; empty: none.
  std::string metrics_host;
  std::uint16_t metrics_port = 0;       ///< 0: the system chooses; see Server::metrics_port()
  std::shared_ptr<TlsCertificate> tls;  ///< loaded; what is listened on speaks TLS; none: plain
  /// Where many messages come, from the beginning of a shard's turn to that of the next one (LoopPace). Zero: no waiting.
  std::chrono::microseconds coalesce_time{1000};
  std::uint32_t shard_count = 1;                      ///< threads, each with its own loop; 0: one per core
  std::optional<std::uint64_t> seed;                  ///< of every id and epoch; absent: random
  std::string path = "/dialogue";                     ///< where WebSockets are accepted
  std::string static_directory;                       ///< files served from "/"; empty: none. Read once, at start
  std::string client_js;                              ///< the bytes of /_dialogue/client.js; empty: 404
  std::map<std::string, std::string> client_modules;  ///< by name: the bytes of /_dialogue/NAME, which client.js loads
  /// Pages of these may connect too: exact, as "https://example.com[:port]", or "*" for any. The server's own always may.
  std::vector<std::string> allowed_origins;
  bool allows_loopback_origins = false;  ///< pages of this machine may connect too, whatever their port
  /// Content-Security-Policy of .html files; empty: none is sent.
  std::string content_security_policy =
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
      "frame-ancestors 'none'";
  /// Whose X-Forwarded-For and X-Forwarded-Proto are believed.
  std::vector<AddressRange> trusted_proxies;
  /// Those proxies begin each connection with a PROXY header (version 1 or 2); a connection of anybody else is refused.
  bool expects_proxy_header = false;
  AddressLimitSettings address_limits;
  std::uint64_t memory_bytes_max = 0;  ///< of the process, resident; over it no WebSocket is taken. 0: any
  std::size_t descriptors_max = 0;     ///< of the process; 0: as many as its limit says when the server starts
  IdentitySource identify;             ///< who a connection is. Required
  /// Why the server cannot let anybody in now, as one word for /ready; empty: it can. On any loop's thread. Not set: it always
  /// can.
  std::function<std::string()> why_not_ready;
  ApiSettings api;
  std::function<std::string(const ServerCounts&)> metrics;  ///< the text of /metrics, on any loop's thread; empty: 404
  /// Nobody has a key or a token: figures are for this machine too, under the rule of development identities.
  bool shows_metrics_on_loopback = false;
  HttpLimits http;
  WebSocketLimits websocket;
  /// Where durable rooms keep their logs; none: nowhere, every room's log is in memory.
  std::shared_ptr<Store> store;
  /// Makes a shard's own store for rooms in memory, which answers inside each call. Required.
  std::function<std::unique_ptr<Store>(std::uint64_t seed)> make_memory_store;
  /// The flight recorder, see Server::recording(). `bytes_max` is of all shards together; a salt is made. Absent: none.
  std::optional<RecordingOptions> recording;
  std::uint64_t drain_spread_ms = 2'000;   ///< at stop, clients are told to come back spread over this
  std::uint64_t drain_delay_ms = 0;        ///< before that, stop() goes on serving for so long while /ready says 503
  std::uint64_t drain_timeout_ms = 7'000;  ///< from the end of the delay, after which stop() returns at the latest
  std::function<void(const std::string& reason)> on_failure;  ///< the server cannot go on; called once, on a shard's thread
  std::function<void(const LogLine&)> log;  ///< called on shard threads, several at once; must not block; empty: no log
};

}  // namespace dialogue
