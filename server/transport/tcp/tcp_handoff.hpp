// A TCP connection that is admitted, until the loop where it will live has opened it. A value of one owner.
#pragma once
#include <string>
#include <utility>

#include "server/net/connection_count.hpp"
#include "server/transport/socket/socket_handoff.hpp"
#include "server/transport/tcp/tcp_limits.hpp"

namespace dialogue::transport {

class TcpHandoff : public SocketHandoff {
 public:
  /// `received` is what has come; `limits` outlive the server's loops.
  TcpHandoff(net::ByteStream stream, net::AdmissionGuard admission, core::PeerFacts peer, net::ConnectionCountGuard place,
             std::string received, const TcpLimits& limits)
      : SocketHandoff(std::move(stream), std::move(admission), std::move(peer)),
        place_(std::move(place)),
        received_(std::move(received)),
        limits_(limits) {}

  void open(loop::ShardLoop& loop) override;

 private:
  net::ConnectionCountGuard place_;
  std::string received_;
  const TcpLimits& limits_;
};

}  // namespace dialogue::transport
