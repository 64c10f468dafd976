// See tcp_entrance.hpp.
#include "server/transport/tcp/tcp_entrance.hpp"

#include <sys/socket.h>

#include <string>
#include <utility>

#include "server/transport/tcp/goodbye.hpp"
#include "server/transport/tcp/tcp_arrival.hpp"

namespace dialogue::transport {

void TcpEntrance::enter(loop::ShardLoop& loop, loop::AcceptedSocket socket) {
  if (!socket.place) return TcpArrival::begin(loop, context_, std::move(socket));
  // One of the last descriptors, which health checks of the HTTP port need more: it is closed here, with a word where that is
  // free.
  if (socket.listener != loop::ListenerKind::tcp) return;
  const std::string bye = bye_frame(ErrorCode::server_full, "The server has reached its limit of open files.", 10'000) + '\n';
  (void)::send(socket.descriptor.get(), bye.data(), bye.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace dialogue::transport
