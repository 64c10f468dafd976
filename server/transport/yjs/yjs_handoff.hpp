// The WebSocket of a Yjs page whose handshake is granted, until the loop where it will live has opened it. A value of one owner.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/socket/socket_handoff.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "server/transport/yjs/yjs_connection.hpp"

namespace dialogue::transport {

/// The answer to the handshake, the first message for the shard, and bytes that came behind the request.
struct YjsBeginning {
  std::string answer, first, received;
};

class YjsHandoff : public SocketHandoff {
 public:
  /// `limits` outlive the server's loops.
  YjsHandoff(net::ByteStream stream, net::AdmissionGuard admission, core::PeerFacts peer, YjsBeginning beginning,
             YjsOpening opening, const WebSocketLimits& limits)
      : SocketHandoff(std::move(stream), std::move(admission), std::move(peer)),
        beginning_(std::move(beginning)),
        opening_(std::move(opening)),
        limits_(limits) {}

  void open(loop::ShardLoop& loop) override {
    const auto connection =
        std::make_shared<YjsConnection>(loop, std::move(stream_), std::move(admission_), limits_, std::move(opening_));
    loop.open(connection, peer_, [&](core::ConnectionId id) {
      connection->begin(id, std::move(beginning_.answer), std::move(beginning_.first), std::move(beginning_.received));
    });
  }

 private:
  YjsBeginning beginning_;
  YjsOpening opening_;
  const WebSocketLimits& limits_;
};

}  // namespace dialogue::transport
