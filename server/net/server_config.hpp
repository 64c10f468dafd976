// Everything that one server's network side is told before it starts. A plain value; nothing here changes while the server runs.
// The decisions' own settings (definitions, authenticator, hooks, limits) are in `shard`.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/actions.hpp"
#include "server/core/shard_config.hpp"
#include "shared/limits.hpp"

namespace dialogue {

/// Bounds of the HTTP side. Sources: docs/decisions/042-http-limits.md.
struct HttpLimits {
  std::size_t header_bytes_max =
      8 * 1024;                            ///< request line and all fields; over it 431, or 414 when the target alone is too long
  std::size_t header_fields_max = 64;      ///< over it 431
  std::size_t body_bytes_max = 64 * 1024;  ///< over it 413; no route takes a body, so this only bounds what is read and dropped
  std::uint64_t header_timeout_ms = 5'000;  ///< for the whole header, from the first moment that one may come
  std::uint64_t body_timeout_ms = 15'000;   ///< for the whole body
  std::uint64_t write_timeout_ms = 15'000;  ///< for the whole answer, plus 1 s for each 64 KiB of it
};

/// Bounds of a WebSocket below the protocol. The size of a message is ShardLimits::message_bytes_max.
struct WebSocketLimits {
  std::size_t message_bytes_max = kMessageBytesMax;  ///< set by Server from ShardLimits
  std::uint32_t fragments_max = 1024;                ///< frames of one message
  std::uint64_t message_timeout_ms = 30'000;         ///< first byte of a message to its last
  std::uint32_t control_frames_per_second_max = 50;
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;  ///< our Close queued to the socket closed, whatever the peer does
};

struct ServerConfig {
  ShardConfig shard;                  ///< `shard.catalogue` is parsed again from `shard.catalogue_bytes`
  std::string host = "127.0.0.1";     ///< an IP address (not a name): "0.0.0.0", "::", "127.0.0.1"
  std::uint16_t port = 0;             ///< 0: the system chooses; see Server::port()
  std::uint32_t shard_count = 1;      ///< threads, each with its own loop; 0: one per core
  std::optional<std::uint64_t> seed;  ///< of every id and epoch; absent: random
  std::string path = "/dialogue";     ///< where WebSockets are accepted
  std::string static_directory;       ///< files served from "/"; empty: none. Read once, at start
  std::string client_js;              ///< the bytes of /_dialogue/client.js; empty: 404
  std::vector<std::string>
      allowed_origins;  ///< exact, as "https://example.com[:port]"; the page's own origin is always allowed; "*": any
  /// Content-Security-Policy of .html files; empty: none is sent.
  std::string content_security_policy =
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
  HttpLimits http;
  WebSocketLimits websocket;
  std::uint64_t drain_spread_ms = 2'000;    ///< at stop, clients are told to come back spread over this
  std::uint64_t drain_timeout_ms = 10'000;  ///< stop() returns after this at the latest
  std::function<void(const LogLine&)> log;  ///< called on shard threads, several at once; must not block; empty: no log
};

}  // namespace dialogue
