// Whether a request may begin a connection of any transport now, and what the shard gets to know of its peer: origin, the
// server's state, memory and the limits of the client's address. On a loop's thread.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/util/time.hpp"
#include "server/http/http_context.hpp"
#include "server/http/request/http_check.hpp"
#include "server/http/transport_upgrade.hpp"

namespace dialogue::http {

inline constexpr std::string_view kForeignOrigin = "The page's origin is not allowed to connect; see --allow-origin.";

/// Counts a socket's peer as a connection of its address. Returns nothing if the address has reached its limit. A trusted proxy
/// is not counted: it speaks for many clients, which its requests name.
[[nodiscard]] std::optional<net::AddressLimits::Connection> count_peer(const HttpContext& context, const net::IpAddress& peer);
/// Counts a request as a connection of its client while the result lives: that is `of_peer`, or a connection of the client that a
/// trusted proxy names. Returns nothing if that client's address has reached its limit.
[[nodiscard]] std::optional<net::AddressLimits::Connection> count_client(const HttpContext& context, const net::IpAddress& peer,
                                                                         net::AddressLimits::Connection of_peer,
                                                                         const RequestHeader& header);

/// Admits or refuses the connection that a request asks for, within the address's limits. `origin`: page_origin(), not foreign.
[[nodiscard]] std::variant<Upgrade, Refused> admit_connection(const HttpContext& context, const RequestHeader& header,
                                                              const CheckedRequest& request, const RequestSource& source,
                                                              api::PageOrigin origin, TransportKind transport, bool draining,
                                                              core::Time now);

/// The text for a page that was refused with 403: names its origin and the setting that admits it.
[[nodiscard]] std::string why_origin_is_refused(const RequestHeader& header);

/// Whether the page that a request comes from may ask.
[[nodiscard]] api::PageOrigin page_origin(const HttpContext& context, const RequestHeader& header, const RequestSource& source);

}  // namespace dialogue::http
