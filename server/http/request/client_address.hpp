// Whose request it is: the socket's peer, or who a trusted proxy says that it speaks for. Pure functions; safe from any thread.
#pragma once
#include <span>
#include <string_view>

#include "server/http/request/http_check.hpp"
#include "server/net/address_range.hpp"

namespace dialogue::http {

/// Who sent a request. Only a trusted peer's X-Forwarded-For counts, and of it the last address that is not a trusted proxy's:
/// what stands before that was written by the sender. An invalid entry ends the search at the one after it.
[[nodiscard]] net::IpAddress client_address(const net::IpAddress& peer, const RequestHeader& header,
                                            std::span<const net::AddressRange> proxies);

/// "https" where a trusted peer says that the client came by it (X-Forwarded-Proto), else `own`.
[[nodiscard]] std::string_view client_scheme(const net::IpAddress& peer, const RequestHeader& header,
                                             std::span<const net::AddressRange> proxies, std::string_view own);

}  // namespace dialogue::http
