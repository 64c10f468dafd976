// Where sockets of the TCP listener go. Outlives the loops; on their threads.
#pragma once
#include "server/loop/accepted_socket.hpp"
#include "server/transport/tcp/tcp_context.hpp"

namespace dialogue::transport {

class TcpEntrance : public loop::SocketEntrance {
 public:
  /// `context` outlives it.
  explicit TcpEntrance(const TcpContext& context) : context_(context) {}
  void enter(loop::ShardLoop& loop, loop::AcceptedSocket socket) override;

 private:
  const TcpContext& context_;
};

}  // namespace dialogue::transport
