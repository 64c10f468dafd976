// Socket.IO on a server: `/socket.io/` with the rooms, or with what the protocol's documents describe (then bare Engine.IO
// messages are sent back at `/engine.io/`, too). Outlives the server's loops; safe from any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "server/transport/engineio/engine_entrance.hpp"
#include "server/transport/socketio/rooms_socket.hpp"
#include "server/transport/socketio/socketio_client.hpp"
#include "server/transport/socketio/socketio_limits.hpp"

namespace dialogue::transport {

class SocketioEndpoint {
 public:
  /// `catalogue` outlives it. `applications` has the namespaces of the program, before the rooms on "/"; empty: there are none.
  SocketioEndpoint(const SocketioLimits& limits, const CatalogueView& catalogue, std::uint32_t loop_count,
                   MakeNamespace applications = {});

  /// Returns the endpoints to register with HTTP, before the WebSocket of dialogue.v1; empty if Socket.IO is not served.
  [[nodiscard]] const std::vector<std::unique_ptr<EngineEndpoint>>& endpoints() const { return endpoints_; }

 private:
  const SocketioLimits limits_;
  RoomsContext context_;
  MakeNamespace make_;
  std::vector<std::unique_ptr<EngineEndpoint>> endpoints_;
};

}  // namespace dialogue::transport
