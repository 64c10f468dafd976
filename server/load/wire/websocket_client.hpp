// One WebSocket of a client: the handshake, frames in, frames out. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/load/wire/stream_client.hpp"
#include "server/transport/websocket/websocket_frame.hpp"

namespace dialogue::load {

class WebSocketClient final : public StreamClient {
 public:
  /// Texts and binary messages are reported alike.
  WebSocketClient(StreamClientContext& context, Listener& listener) : StreamClient(context, listener) {}

  /// Begins to connect; Listener::opened() or ended() follows. `subprotocols` are offered as they are; empty: none.
  void open(std::string_view path, std::string_view subprotocols);
  /// Queues a message; flush() sends it.
  void send(transport::Opcode opcode, std::string_view payload);
  void send_frames(std::string_view frames) override { send(transport::Opcode::text, frames); }
  void close(std::uint16_t code) override;

 private:
  void begin() override;
  void take(std::string_view bytes) override;
  void forget() override { give_back(message_); }
  /// Handles a message; returns false if it has ended the connection.
  [[nodiscard]] bool take_message(const struct ScannedFrame& frame);

  std::string message_;  ///< fragments of a message that is not whole
  std::string path_, subprotocols_;
};

}  // namespace dialogue::load
