// The packets that wait for an Engine.IO client: for its next poll, as one payload, or for its WebSocket, each as a message.
// Sans-io; not thread-safe.
#pragma once
#include <cstddef>
#include <string>

#include "server/transport/websocket/websocket_writer.hpp"

namespace dialogue::transport {

class EngineWriter : public WebSocketWriter {
 public:
  EngineWriter() : WebSocketWriter(Packing::none) {}

  /// Takes packets in order, at least one if there is any, as one payload of at most `bytes_max` unless a single one is larger.
  /// None of them is partly written to a socket.
  [[nodiscard]] std::string take_payload(std::size_t bytes_max);
  /// All packets, in order, wait in `other` from now on.
  void move_to(EngineWriter& other);
};

}  // namespace dialogue::transport
