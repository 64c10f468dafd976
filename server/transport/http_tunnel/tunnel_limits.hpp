// Bounds of connections over HTTP requests: docs/decisions/301-two-way-over-http-requests.md. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "shared/base/limits.hpp"

namespace dialogue::transport {

struct TunnelLimits {
  std::string path = "/dialogue";                        ///< the base of the paths of `poll`, `stream` and `send`
  std::size_t message_bytes_max = kMessageBytesMax;      ///< frames of one request; in a server, ShardLimits' figure
  std::size_t head_bytes_max = 1024;                     ///< the line before them
  std::size_t frames_max = 256;                          ///< of one request
  std::size_t answer_bytes_max = 64 * 1024;              ///< frames of one answer to a poll, unless a single text is larger
  std::size_t window_bytes_max = 256 * 1024;             ///< sent and not acknowledged, before the last text
  std::size_t tunnels_max = 10'000;                      ///< of one loop; in a server, the connections that it may have
  std::size_t unread_bytes_max = 64 * 1024;              ///< of a peer that sends behind the request of a stream
  std::uint64_t hold_ms_max = 20'000;                    ///< a poll without frames is answered after this
  std::uint64_t idle_timeout_ms = 15'000;                ///< without poll or stream, then the connection is lost
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;  ///< for the peer to take what is left after the end

  /// The number of bytes after which a client acknowledges a stream, before the window is full.
  [[nodiscard]] std::size_t acknowledge_bytes() const { return window_bytes_max / 4; }
  [[nodiscard]] std::size_t body_bytes_max() const { return message_bytes_max + head_bytes_max; }
};

}  // namespace dialogue::transport
