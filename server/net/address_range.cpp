// Addresses are compared as their 16 bytes.
#include "server/net/address_range.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace dialogue::net {
namespace {

constexpr unsigned kIpv4Bits = 32, kIpv6Bits = 128, kByteBits = 8;

/// Where in the 16 bytes the address's own bits begin.
unsigned first_bit_of(const IpAddress& address) { return address.is_v4() ? kIpv6Bits - kIpv4Bits : 0; }

bool bit_at(const AddressBytes& bytes, unsigned bit) {
  return (bytes[bit / kByteBits] >> (kByteBits - 1 - bit % kByteBits) & 1u) != 0;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  boost::system::error_code fault;
  const IpAddress address = boost::asio::ip::make_address(std::string(text), fault);
  if (fault) return {};
  return unmapped(address);
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return {};
  const unsigned bits_max = address->is_v4() ? kIpv4Bits : kIpv6Bits;
  AddressRange range{*address, bits_max};
  if (slash == std::string_view::npos) return range;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), range.prefix_bits);
  if (fault != std::errc{} || end != digits.data() + digits.size() || range.prefix_bits > bits_max) return {};
  const AddressBytes bytes = bytes_of(*address);
  for (unsigned bit = first_bit_of(*address) + range.prefix_bits; bit < kIpv6Bits; ++bit)
    if (bit_at(bytes, bit)) return {};
  return range;
}

bool AddressRange::contains(const IpAddress& address) const {
  const IpAddress plain = unmapped(address);
  if (plain.is_v4() != first.is_v4()) return false;
  const AddressBytes its = bytes_of(plain), ours = bytes_of(first);
  const unsigned end = first_bit_of(first) + prefix_bits;
  const auto whole = static_cast<std::ptrdiff_t>(end / kByteBits);
  if (!std::equal(its.begin(), its.begin() + whole, ours.begin())) return false;
  unsigned bit = end / kByteBits * kByteBits;
  while (bit < end && bit_at(its, bit) == bit_at(ours, bit)) ++bit;
  return bit == end;
}

bool is_in(const IpAddress& address, std::span<const AddressRange> ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) { return range.contains(address); });
}

AddressBytes bytes_of(const IpAddress& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

IpAddress unmapped(const IpAddress& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  return address;
}

std::string address_text(const IpAddress& address) {
  if (!address.is_v4()) return address.to_string();
  std::string text;
  for (const unsigned char byte : address.to_v4().to_bytes()) {
    if (!text.empty()) text += '.';
    if (byte >= 100) text += static_cast<char>('0' + byte / 100);
    if (byte >= 10) text += static_cast<char>('0' + byte / 10 % 10);
    text += static_cast<char>('0' + byte % 10);
  }
  return text;
}

bool is_loopback_address(const IpAddress& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

}  // namespace dialogue::net
