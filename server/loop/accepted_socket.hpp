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

/// What a socket that was accepted speaks: HTTP in three ways, or lines of dialogue.v1 in two. http2_stream: it is the inner end
/// of a stream, whose request is in `received`. metrics and admin are for operators: plain HTTP for probes and figures, and for
/// the API as well.
enum class ListenerKind : std::uint8_t { plain, tls, metrics, admin, tcp, tcp_tls, http2_stream };

/// Whether it is for operators, so that no member comes there and figures need no key.
[[nodiscard]] constexpr bool is_for_operators(ListenerKind kind) {
  return kind == ListenerKind::metrics || kind == ListenerKind::admin;
}

/// Whether it also serves during a drain, so that operators can observe it.
[[nodiscard]] constexpr bool shows_drain(ListenerKind kind) { return is_for_operators(kind); }

struct AcceptedSocket {
  net::Descriptor descriptor;  ///< non-blocking, and without Nagle's delay
  boost::asio::ip::tcp::endpoint peer;
  net::ConnectionCountGuard count{};
  ListenerKind listener = ListenerKind::plain;
  bool loopback_listener = false;                    ///< it was accepted on an address that only this machine reaches
  std::string received{};                            ///< what was read from it before
  std::shared_ptr<net::ReservedDescriptor> place{};  ///< one of the last, for want of descriptors; null: an ordinary socket
};

/// Who makes something of the sockets that loops are given. Called on the loops' threads.
class SocketEntrance {
 public:
  virtual ~SocketEntrance() = default;
  virtual void enter(ShardLoop& loop, AcceptedSocket socket) = 0;
};

}  // namespace dialogue::loop
