// IP addresses and ranges of them, and which are this machine's own. Pure functions and values; safe from any thread.
#pragma once
#include <array>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dialogue::net {

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

/// An IPv4 or IPv6 address in text; one of IPv4 in its IPv6 form is given as itself.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text);

/// An IPv4 address that came in its IPv6 form, as itself.
[[nodiscard]] IpAddress unmapped(const IpAddress& address);

/// As IpAddress::to_string() has it, which takes ten times as long for IPv4: each connection asks.
[[nodiscard]] std::string address_text(const IpAddress& address);

/// 127.0.0.0/8, ::1, and the former as an IPv6-mapped address.
[[nodiscard]] bool is_loopback_address(const IpAddress& address);

}  // namespace dialogue::net
