// See client_address.hpp.
#include "server/net/client_address.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <charconv>
#include <vector>

namespace dialogue {
namespace {

constexpr unsigned kIpv4Bits = 32, kIpv6Bits = 128, kByteBits = 8;
constexpr std::string_view kForwardedFor = "X-Forwarded-For", kForwardedProto = "X-Forwarded-Proto";

std::optional<IpAddress> parse_address(std::string_view text) {
  boost::system::error_code fault;
  const IpAddress address = boost::asio::ip::make_address(std::string(text), fault);
  if (fault) return {};
  return unmapped(address);
}

/// Where in the 16 bytes the address's own bits begin.
unsigned first_bit_of(const IpAddress& address) { return address.is_v4() ? kIpv6Bits - kIpv4Bits : 0; }

bool bit_at(const AddressBytes& bytes, unsigned bit) {
  return (bytes[bit / kByteBits] >> (kByteBits - 1 - bit % kByteBits) & 1u) != 0;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// The address of one entry: "1.2.3.4", "1.2.3.4:5678", "2001:db8::1" or "[2001:db8::1]:5678".
std::optional<IpAddress> entry_address(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    return end == std::string_view::npos ? std::nullopt : parse_address(entry.substr(1, end - 1));
  }
  if (std::count(entry.begin(), entry.end(), ':') == 1) entry = entry.substr(0, entry.find(':'));
  return parse_address(entry);
}

/// All entries of a field that may come several times, in their order.
std::vector<std::string_view> entries_of(const RequestHeader& header, std::string_view name) {
  std::vector<std::string_view> entries;
  for (const auto& field : header) {
    const auto its_name = field.name_string();
    if (!boost::beast::iequals(its_name, boost::beast::string_view(name.data(), name.size()))) continue;
    std::string_view rest(field.value().data(), field.value().size());
    while (true) {
      const auto comma = rest.find(',');
      entries.push_back(trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return entries;
}

}  // namespace

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

IpAddress client_address(const IpAddress& peer, const RequestHeader& header, std::span<const AddressRange> proxies) {
  IpAddress found = unmapped(peer);
  if (proxies.empty() || !is_in(found, proxies)) return found;
  const std::vector<std::string_view> entries = entries_of(header, kForwardedFor);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const auto address = entry_address(*entry);
    if (!address) break;
    found = *address;
    if (!is_in(found, proxies)) break;
  }
  return found;
}

std::string_view client_scheme(const IpAddress& peer, const RequestHeader& header, std::span<const AddressRange> proxies,
                               std::string_view own) {
  if (proxies.empty() || !is_in(peer, proxies)) return own;
  const std::vector<std::string_view> said = entries_of(header, kForwardedProto);
  if (said.size() != 1) return own;
  return said.front() == "https" ? "https" : said.front() == "http" ? "http" : own;
}

}  // namespace dialogue
