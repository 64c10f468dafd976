// One WebSocket after its handshake: messages that come go to the shard, frames of the shard leave as messages. Reading uses the
// loop's shared buffer; sending is one vectored write per turn of the loop.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/core/messages/handles.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/socket/socket_transport.hpp"
#include "server/transport/websocket/websocket_handoff.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "server/transport/websocket/websocket_reader.hpp"
#include "server/transport/websocket/websocket_writer.hpp"

namespace dialogue::transport {

class WebSocketConnection : public SocketTransport {
 public:
  /// `admission` is given back when the connection ends; `limits` and `texts`, which are the loop's, outlive it.
  WebSocketConnection(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, const WebSocketLimits& limits,
                      BinaryTexts& texts);

  void begin(core::ConnectionId id, WebSocketOpening opening);
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void expect() const override;

 private:
  void consume(std::span<char> input) override;
  [[nodiscard]] std::size_t gather(std::span<iovec> out) override;
  void on_binary(std::span<const char> message);
  void on_event(const WebSocketEvent& event);
  void on_close(const WebSocketEvent& event);
  void fail(std::uint16_t code, std::string_view reason, ErrorCode error);
  void linger();

  WebSocketReader reader_;
  WebSocketWriter writer_;
};

}  // namespace dialogue::transport
