// See client_address.hpp.
#include "server/http/request/client_address.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <vector>

namespace dialogue::http {
namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For", kForwardedProto = "X-Forwarded-Proto";

/// The address of one entry: "1.2.3.4", "1.2.3.4:5678", "2001:db8::1" or "[2001:db8::1]:5678".
std::optional<net::IpAddress> entry_address(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    return end == std::string_view::npos ? std::nullopt : net::parse_address(entry.substr(1, end - 1));
  }
  if (std::count(entry.begin(), entry.end(), ':') == 1) entry = entry.substr(0, entry.find(':'));
  return net::parse_address(entry);
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

net::IpAddress client_address(const net::IpAddress& peer, const RequestHeader& header,
                              std::span<const net::AddressRange> proxies) {
  net::IpAddress found = net::unmapped(peer);
  if (proxies.empty() || !net::is_in(found, proxies)) return found;
  const std::vector<std::string_view> entries = entries_of(header, kForwardedFor);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const auto address = entry_address(*entry);
    if (!address) break;
    found = *address;
    if (!net::is_in(found, proxies)) break;
  }
  return found;
}

std::string_view client_scheme(const net::IpAddress& peer, const RequestHeader& header,
                               std::span<const net::AddressRange> proxies, std::string_view own) {
  if (proxies.empty() || !net::is_in(peer, proxies)) return own;
  const std::vector<std::string_view> said = entries_of(header, kForwardedProto);
  if (said.size() != 1) return own;
  return said.front() == "https" ? "https" : said.front() == "http" ? "http" : own;
}

}  // namespace dialogue::http
