// Bounds of one WebSocket below the protocol: the reader's and the connection's. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>

#include "shared/base/limits.hpp"

namespace dialogue::transport {

struct WebSocketLimits {
  std::size_t message_bytes_max = kMessageBytesMax;      ///< all frames of one message; in a server, ShardLimits' figure
  std::uint32_t fragments_max = 1024;                    ///< frames of one message
  std::uint64_t message_timeout_ms = 30'000;             ///< from the first byte of a message to its last
  std::uint32_t control_frames_per_second_max = 50;      ///< pings, pongs and closes of the peer
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;  ///< our Close queued -> socket closed, whatever the peer does
  bool accepts_binary = false;                           ///< else a binary message ends the connection
};

}  // namespace dialogue::transport
