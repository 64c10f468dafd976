// Strict parsing: anything that is not clearly a host, a port or an address is rejected.
#include "server/http/request/origin.hpp"

#include <algorithm>
#include <charconv>

#include "server/net/address_range.hpp"

namespace dialogue::http {
namespace {

constexpr std::size_t kHostBytesMax = 255;  // RFC 1035 section 2.3.4

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_ipv6_literal(std::string_view bracketed) {
  boost::system::error_code fault;
  (void)boost::asio::ip::make_address_v6(std::string(bracketed.substr(1, bracketed.size() - 2)), fault);
  return !fault && bracketed.find('%') == std::string_view::npos;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kHostBytesMax &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (fault != std::errc() || end != digits.data() + digits.size() || port == 0) return {};
  return port;
}

std::uint16_t port_of(const Authority& authority, std::string_view scheme) {
  return authority.port.value_or(scheme == "https" ? 443 : 80);
}

struct Origin {
  std::string_view scheme;
  Authority authority;
};

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; }))
    return {};
  const auto authority = parse_authority(text.substr(colon + 3));
  if (!authority) return {};
  return Origin{scheme, *authority};
}

bool is_loopback(std::string_view host) {
  if (equal_ignoring_case(host, "localhost")) return true;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  boost::system::error_code fault;
  const auto address = boost::asio::ip::make_address(std::string(host), fault);
  return !fault && net::is_loopback_address(address);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return {};
  const std::size_t colon = text.find(':', bracket);
  Authority authority{text.substr(0, colon), {}};
  if (colon != std::string_view::npos && !(authority.port = parse_port(text.substr(colon + 1)))) return {};
  const bool valid =
      bracket != 0 ? authority.host.size() == bracket + 1 && is_ipv6_literal(authority.host) : is_host_name(authority.host);
  if (!valid) return {};
  return authority;
}

bool is_same_origin(std::string_view origin, std::string_view scheme, std::string_view host) {
  const auto from = parse_origin(origin);
  const auto here = parse_authority(host);
  return from && here && from->scheme == scheme && equal_ignoring_case(from->authority.host, here->host) &&
         port_of(from->authority, scheme) == port_of(*here, scheme);
}

bool is_origin(std::string_view text) { return text == "*" || parse_origin(text).has_value(); }

bool is_listed_origin(std::string_view origin, std::span<const std::string> allowed) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) { return entry == "*" || entry == origin; });
}

bool is_loopback_host(std::string_view host) {
  const auto authority = parse_authority(host);
  return authority && is_loopback(authority->host);
}

bool is_loopback_origin(std::string_view origin) {
  const auto parsed = parse_origin(origin);
  return parsed && (parsed->scheme == "http" || parsed->scheme == "https") && is_loopback(parsed->authority.host);
}

}  // namespace dialogue::http
