// Bounds of one TCP connection below the protocol, and of all of them. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>

#include "shared/base/limits.hpp"

namespace dialogue::transport {

struct TcpLimits {
  std::size_t connections_max = 10'000;                          ///< of the server, its handshakes included
  std::size_t line_bytes_max = kMessageBytesMax;                 ///< one frame; in a server, ShardLimits' figure
  std::size_t first_line_bytes_max = kTokenBytesMax + 4 * 1024;  ///< HELLO, from an unauthenticated peer
  std::uint64_t line_timeout_ms = 30'000;                        ///< from the first byte of a line to its last
  std::uint64_t opening_timeout_ms = 5'000;                      ///< for the PROXY header and TLS together
  std::uint64_t hello_timeout_ms = kHelloTimeoutMs;              ///< for the first byte; in a server, ShardLimits' figure
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;          ///< BYE queued -> socket closed, whatever the peer does
};

}  // namespace dialogue::transport
