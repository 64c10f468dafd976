// See sse_handoff.hpp.
#include "server/transport/sse/sse_handoff.hpp"

#include <memory>

#include "server/loop/shard_loop.hpp"
#include "server/transport/sse/sse_connection.hpp"

namespace dialogue::transport {

void SseHandoff::open(loop::ShardLoop& loop) {
  const auto connection = std::make_shared<SseConnection>(loop, std::move(stream_), std::move(admission_), std::move(opening_),
                                                          limits_, texts_.of(loop));
  loop.open(connection, peer_, [&](core::ConnectionId id) { connection->begin(id, std::move(frames_)); });
}

}  // namespace dialogue::transport
