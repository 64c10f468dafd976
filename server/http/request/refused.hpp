// Why a request, or a connection, is not granted. A plain value.
#pragma once
#include <cstdint>
#include <string_view>

namespace dialogue::http {

/// Of status 0: nothing is wrong.
struct Refused {
  unsigned status = 0;
  std::string_view why{};  ///< one sentence for people; of TransportUpgrade::judge(): static
  std::uint64_t retry_after_ms = 0;
};

inline constexpr unsigned kTooManyRequests = 429;  ///< the status of what a limit refuses
inline constexpr Refused kTooManyConnections{kTooManyRequests, "This address has too many connections.", 10'000};

}  // namespace dialogue::http
