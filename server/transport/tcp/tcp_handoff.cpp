// See tcp_handoff.hpp.
#include "server/transport/tcp/tcp_handoff.hpp"

#include <memory>

#include "server/loop/shard_loop.hpp"
#include "server/transport/tcp/tcp_connection.hpp"

namespace dialogue::transport {

void TcpHandoff::open(loop::ShardLoop& loop) {
  const auto connection =
      std::make_shared<TcpConnection>(loop, std::move(stream_), std::move(admission_), std::move(place_), limits_);
  loop.open(connection, peer_, [&](core::ConnectionId id) { connection->begin(id, std::move(received_)); });
}

}  // namespace dialogue::transport
