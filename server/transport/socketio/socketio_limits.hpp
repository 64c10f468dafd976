// Settings of Socket.IO clients. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>

#include "server/transport/engineio/engine_limits.hpp"

namespace dialogue::transport {

struct SocketioLimits {
  EngineLimits engine;
  bool is_served = true;
  bool is_echo = false;                         ///< the reference behaviour of the protocol's documents, and no rooms
  std::uint64_t connect_timeout_ms = 45'000;    ///< for the first CONNECT
  std::uint64_t opening_timeout_ms = 15'000;    ///< for the answer to CONNECT on "/", its recovery included
  std::size_t namespaces_max = 16;              ///< of one client
  std::uint32_t attachments_max = 64;           ///< of one packet
  std::size_t requests_max = 1024;              ///< of one client that are not answered
  std::size_t waiting_bytes_max = 1024 * 1024;  ///< of publications that wait for earlier ones
  std::size_t pids_max = 20'000;                ///< sessions that were recovered, and may be again; the oldest go
};

/// The settings of the test server in the protocol's documents.
[[nodiscard]] inline SocketioLimits socketio_echo_limits() {
  SocketioLimits limits;
  limits.is_echo = true;
  limits.connect_timeout_ms = 1'000;
  limits.engine.ping_interval_ms = 300;
  limits.engine.ping_timeout_ms = 200;
  limits.engine.payload_bytes_max = 1'000'000;
  return limits;
}

}  // namespace dialogue::transport
