// A WebSocket whose handshake is granted, until the loop where it will live has opened it. A value of one owner.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/per_loop.hpp"
#include "server/transport/socket/socket_handoff.hpp"
#include "server/transport/websocket/binary_texts.hpp"
#include "server/transport/websocket/websocket_limits.hpp"

namespace dialogue::transport {

/// What a WebSocket begins with.
struct WebSocketOpening {
  std::string answer;                        ///< to the handshake; sent with the shard's immediate frames
  std::optional<std::string> first_message;  ///< that came within the handshake
  std::string received;                      ///< bytes that came behind it
};

class WebSocketHandoff : public SocketHandoff {
 public:
  /// `limits` and `texts` outlive the server's loops.
  WebSocketHandoff(net::ByteStream stream, net::AdmissionGuard admission, core::PeerFacts peer, WebSocketOpening opening,
                   const WebSocketLimits& limits, PerLoop<BinaryTexts>& texts)
      : SocketHandoff(std::move(stream), std::move(admission), std::move(peer)),
        opening_(std::move(opening)),
        limits_(limits),
        texts_(texts) {}

  void open(loop::ShardLoop& loop) override;

 private:
  WebSocketOpening opening_;
  const WebSocketLimits& limits_;
  PerLoop<BinaryTexts>& texts_;
};

}  // namespace dialogue::transport
