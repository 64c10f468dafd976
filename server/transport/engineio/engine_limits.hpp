// Settings of Engine.IO sessions. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "shared/base/limits.hpp"

namespace dialogue::transport {

struct EngineLimits {
  std::string path = "/socket.io";                       ///< where sessions are served, with or without a slash behind it
  std::uint64_t ping_interval_ms = 25'000;               ///< from a pong to the next ping
  std::uint64_t ping_timeout_ms = 20'000;                ///< for the pong
  std::uint64_t upgrade_timeout_ms = 10'000;             ///< from the WebSocket of an upgrade to its end
  std::size_t payload_bytes_max = 100'000;               ///< of the client: one POST or WebSocket message; `maxPayload`
  std::size_t buffered_bytes_max = 1024 * 1024;          ///< packets that wait for the client, then the session closes
  std::size_t answer_bytes_max = 64 * 1024;              ///< of one answer to a poll, unless a single packet is larger
  std::size_t sessions_max = 10'000;                     ///< of one loop; in a server, the connections that it may have
  std::uint64_t message_timeout_ms = 30'000;             ///< from the first byte of a WebSocket message to its last
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;  ///< for the client to take what is left after the end
};

}  // namespace dialogue::transport
