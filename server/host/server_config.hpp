// All settings of one server's network side. A plain value; nothing here changes while the server runs,
// except by Server::adjust(). The decisions' own settings (definitions, hooks, limits) are in `shard`.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/host/listen_address.hpp"
#include "server/http/http_config.hpp"
#include "server/loop/loop_config.hpp"
#include "server/net/address_limits.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"
#include "server/transport/socketio/socketio_client.hpp"
#include "server/transport/socketio/socketio_limits.hpp"
#include "server/transport/sse/sse_limits.hpp"
#include "server/transport/tcp/tcp_limits.hpp"
#include "server/transport/websocket/websocket_limits.hpp"

namespace dialogue::host {

struct ServerConfig : loop::LoopConfig, http::HttpConfig {
  ListenAddress listen{"127.0.0.1"};  ///< without a host: no listener, only adopt(). See Server::port()
  int listen_descriptor = -1;         ///< listens on that already, and is taken over; -1: none
  ListenAddress metrics_listen;       ///< plain HTTP that serves /metrics, /health and /ready to every peer
  ListenAddress admin_listen;         ///< those and the HTTP API; can be a Unix socket
  ListenAddress tcp_listen;           ///< connections that speak dialogue.v1, one frame per line; over TLS where `tls` is set
  std::uint32_t shard_count = 1;      ///< threads, each with its own loop; 0: one per core
  std::optional<std::uint64_t> seed;  ///< of every id and epoch; absent: random
  std::string static_directory;       ///< files served from "/"; empty: none. Read once, at start
  bool rereads_static_files = false;  ///< read each of them when it is asked for, on the loop: for development
  std::string client_js;              ///< the bytes of /_dialogue/client.js; empty: 404
  std::map<std::string, std::string> client_modules;  ///< by name: the bytes of /_dialogue/NAME
  /// Pages of these may connect too: exact, as "https://example.com[:port]", or "*" for any. The server's own always may.
  std::vector<std::string> allowed_origins;
  /// Content-Security-Policy of .html files; empty: none is sent.
  std::string content_security_policy =
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
      "frame-ancestors 'none'";
  net::AddressLimitSettings address_limits;
  std::uint64_t memory_bytes_max = 0;  ///< of the process, resident; over it no WebSocket is taken. 0: any
  std::size_t descriptors_max = 0;     ///< of the process; 0: as many as its limit says when the server starts
  transport::WebSocketLimits websocket;
  transport::SseLimits sse;
  transport::TcpLimits tcp;
  transport::TunnelLimits tunnel;                  ///< `path`, `message_bytes_max` and `tunnels_max` are those of the parts above
  transport::SocketioLimits socketio;              ///< `engine.sessions_max` is the connections that there may be
  transport::MakeNamespace socketio_applications;  ///< namespaces of the program; empty: none
  std::uint64_t drain_delay_ms = 0;                ///< delay before the drain, while /ready returns 503
  std::uint64_t drain_timeout_ms = 7'000;          ///< from the end of the delay, after which stop() returns at the latest
};

}  // namespace dialogue::host
