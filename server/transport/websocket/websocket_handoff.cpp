// See websocket_handoff.hpp.
#include "server/transport/websocket/websocket_handoff.hpp"

#include <memory>

#include "server/loop/shard_loop.hpp"
#include "server/transport/websocket/websocket_connection.hpp"

namespace dialogue::transport {

void WebSocketHandoff::open(loop::ShardLoop& loop) {
  const auto connection =
      std::make_shared<WebSocketConnection>(loop, std::move(stream_), std::move(admission_), limits_, texts_.of(loop));
  loop.open(connection, peer_, [&](core::ConnectionId id) { connection->begin(id, std::move(opening_)); });
}

}  // namespace dialogue::transport
