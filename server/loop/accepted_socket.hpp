// A socket that was accepted, on its way to the loop that counts it already, and through its handshake there. A value.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "server/net/connection_count.hpp"
#include "server/net/reserved_descriptors.hpp"
#include "server/net/socket.hpp"

namespace dialogue::loop {

class ShardLoop;

/// What an accepted socket speaks. plain, tls and http2_stream: HTTP; an http2_stream is the inner end of a stream, whose request
/// is in `received`. tcp and tcp_tls: lines of dialogue.v1. metrics and admin: plain HTTP for operators, with probes and metrics,
/// and on admin with the API.
enum class ListenerKind : std::uint8_t { plain, tls, metrics, admin, tcp, tcp_tls, http2_stream };

/// Whether the listener is for operators: it serves no members, and metrics need no key.
[[nodiscard]] constexpr bool is_for_operators(ListenerKind kind) {
  return kind == ListenerKind::metrics || kind == ListenerKind::admin;
}

/// Whether the listener also serves during a drain, so that operators can observe the drain.
[[nodiscard]] constexpr bool shows_drain(ListenerKind kind) { return is_for_operators(kind); }

struct AcceptedSocket {
  net::Descriptor descriptor;  ///< non-blocking, and without Nagle's delay
  boost::asio::ip::tcp::endpoint peer;
  net::ConnectionCountGuard count{};
  ListenerKind listener = ListenerKind::plain;
  bool loopback_listener = false;                    ///< it was accepted on an address that only this machine reaches
  std::string received{};                            ///< what was read from it before
  std::shared_ptr<net::ReservedDescriptor> place{};  ///< set if descriptors had run out; null: an ordinary socket
};

/// Serves the sockets that loops receive. Called on the loops' threads.
class SocketEntrance {
 public:
  virtual ~SocketEntrance() = default;
  virtual void enter(ShardLoop& loop, AcceptedSocket socket) = 0;
};

}  // namespace dialogue::loop
