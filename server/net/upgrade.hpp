// Whether a request may become a WebSocket, and with what that begins. Lives on its loop's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/util/time.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/http_check.hpp"
#include "server/net/server_context.hpp"

namespace dialogue {

/// Where a request comes from, as far as the socket knows.
struct RequestSource {
  IpAddress peer;  ///< the socket's other end, or who its PROXY header names
  bool is_encrypted = false;
  bool loopback_listener = false;  ///< it was accepted on an address that only this machine reaches
};

struct Upgrade {
  std::string answer;                        ///< the whole answer 101
  std::optional<std::string> first_message;  ///< that came within the handshake
  PeerFacts peer;
  std::optional<AddressLimits::Connection> counted;  ///< whom the connection counts for, where that is not the socket's peer
};

struct Refused {
  unsigned status;
  std::string_view why;  ///< one sentence for people; of upgrade(): static
  std::uint64_t retry_after_ms = 0;
};

inline constexpr Refused kTooManyConnections{429, "This address has as many connections as it may have.", 10'000};

/// Of a request that has passed check_request() and wants_websocket(). Takes from the address's limits.
[[nodiscard]] std::variant<Upgrade, Refused> upgrade(const ServerContext& context, const RequestHeader& header,
                                                     const CheckedRequest& request, const RequestSource& source, bool draining,
                                                     Time now);

/// What to say to a page that upgrade() refused with 403, in words that name its origin and the setting that lets it in.
[[nodiscard]] std::string why_origin_is_refused(const RequestHeader& header);

/// Whether the page that a request comes from may ask.
[[nodiscard]] OriginVerdict page_origin(const ServerContext& context, const RequestHeader& header, const RequestSource& source);

}  // namespace dialogue
