// A meter's verdict on one event, and the rest of the limit after it: the numbers of RateLimit-* fields. A plain value and pure
// functions.
#pragma once
#include <cstdint>

#include "server/core/util/rate_meter.hpp"

namespace dialogue::core {

/// Which of an address's limits something counts against: connections begun, requests of HTTP, publications by HTTP, credentials
/// that were refused, TLS handshakes.
enum class RateTier : std::uint8_t { handshake, request, message, login, tls };

struct RateVerdict {
  std::uint64_t wait_ms = 0;     ///< not 0: refused, and the time until it is allowed
  std::uint64_t limit = 0;       ///< events in a window; 0: nothing is counted, and the other members are unused
  std::uint64_t left = 0;        ///< events that are allowed immediately after this one
  std::uint64_t full_in_ms = 0;  ///< until `left` is `limit` again
};

/// Takes one event of `meter` if it is allowed at `now_ms`. A limit of 0 events counts nothing.
[[nodiscard]] inline RateVerdict take_one(RateMeter& meter, const RateLimit& limit, std::uint64_t now_ms) {
  if (limit.max_events == 0) return {};
  RateVerdict verdict{.wait_ms = meter.wait_ms(limit, now_ms), .limit = limit.max_events};
  if (verdict.wait_ms == 0) meter.take(limit, now_ms);
  verdict.left = meter.left(limit, now_ms);
  verdict.full_in_ms = meter.full_in_ms(limit, now_ms);
  return verdict;
}

/// The one that ends first: a refusal, else the one with less left.
[[nodiscard]] inline const RateVerdict& scarcer(const RateVerdict& a, const RateVerdict& b) {
  if (a.limit == 0 || b.limit == 0) return a.limit == 0 ? b : a;
  if (a.wait_ms != b.wait_ms) return a.wait_ms > b.wait_ms ? a : b;
  return b.left < a.left ? b : a;
}

}  // namespace dialogue::core
