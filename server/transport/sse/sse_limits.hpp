// Settings of push streams. A plain value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "shared/base/limits.hpp"

namespace dialogue::transport {

struct SseLimits {
  std::string path = "/events";                          ///< where streams are served
  std::uint64_t retry_ms = 3'000;                        ///< the time after which EventSource reconnects by default
  std::uint64_t opening_timeout_ms = 15'000;             ///< for the answers to all JOINs
  std::uint64_t closing_timeout_ms = kClosingTimeoutMs;  ///< last bytes queued -> socket closed, whatever the peer does
  std::size_t unread_bytes_max = 64 * 1024;              ///< of a peer that sends behind its request, where nothing is expected
};

}  // namespace dialogue::transport
