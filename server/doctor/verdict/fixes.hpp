// The recommended changes, as directives for nginx and for HAProxy: one table. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace dialogue::doctor {

enum class Fix : std::uint8_t {
  forward,         ///< requests reach the server
  certificate,     ///< a valid certificate for the name
  pass_upgrade,    ///< the fields of a WebSocket's handshake
  pass_frames,     ///< a WebSocket's frames, not only its handshake
  pass_host,       ///< Host and the scheme of the page
  no_buffering,    ///< pieces of a response are passed on as they come
  no_compression,  ///< of event streams
  no_cache,        ///< of event streams
  idle_websocket,  ///< a longer idle time-out of WebSockets
  idle_response,   ///< a longer idle time-out of responses
  lifetime,        ///< of any connection
  body_size,       ///< of requests
  pass_protocol,   ///< the subprotocol of a WebSocket, in both directions
  address,         ///< the one that a page uses: scheme, host and port
  no_sign_in,      ///< of the proxy's own
  methods,         ///< POST is allowed
  reach_server,    ///< the proxy reaches the server
  limits,          ///< of the proxy's own, on an address's connections and requests
  proxy_header,    ///< sent exactly where the server expects it
};

struct Directives {
  std::string_view aim;    ///< what the change achieves, one sentence
  std::string_view nginx;  ///< lines of its configuration, separated by LF
  std::string_view haproxy;
};
[[nodiscard]] const Directives& directives_of(Fix fix);

}  // namespace dialogue::doctor
