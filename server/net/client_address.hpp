// Whose connection it is: the socket's peer, or who a trusted proxy says that it speaks for. Pure functions and values; safe from
// any thread.
#pragma once
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/net/http_check.hpp"

namespace dialogue {

using IpAddress = boost::asio::ip::address;

/// "10.0.0.0/8", "2001:db8::/32", or one address.
struct AddressRange {
  IpAddress first;
  unsigned prefix_bits = 0;

  /// Nothing for any other form, or where bits beyond the prefix are set.
  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
  /// An IPv4 address in its IPv6 form counts as what it is.
  [[nodiscard]] bool contains(const IpAddress& address) const;
};

[[nodiscard]] bool is_in(const IpAddress& address, std::span<const AddressRange> ranges);

using AddressBytes = std::array<unsigned char, 16>;
/// An IPv4 address in its IPv6 form.
[[nodiscard]] AddressBytes bytes_of(const IpAddress& address);

/// An IPv4 address that came in its IPv6 form, as itself.
[[nodiscard]] IpAddress unmapped(const IpAddress& address);

/// Who sent a request. Only a trusted peer's X-Forwarded-For counts, and of it the last address that is no trusted proxy's: what
/// stands before that was written by whoever sent it. An entry that is no address ends the search at the one after it.
[[nodiscard]] IpAddress client_address(const IpAddress& peer, const RequestHeader& header, std::span<const AddressRange> proxies);

/// "https" where a trusted peer says that the client came by it (X-Forwarded-Proto), else `own`.
[[nodiscard]] std::string_view client_scheme(const IpAddress& peer, const RequestHeader& header,
                                             std::span<const AddressRange> proxies, std::string_view own);

}  // namespace dialogue
