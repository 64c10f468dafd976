// Reading and writing of listening addresses.
#include "server/embed/listen_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace dialogue {
namespace {

std::string authority_of(const ListenAddress& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);

  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;

  if (host == "localhost") return ListenAddress{"127.0.0.1", port};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  return ListenAddress{std::string(host), port};
}

bool is_shared(const ListenAddress& a, const ListenAddress& b) {
  if (a.port != b.port || a.port == 0) return false;
  boost::system::error_code error;
  const auto host_a = boost::asio::ip::make_address(a.host, error), host_b = boost::asio::ip::make_address(b.host, error);
  if (host_a == host_b) return true;
  // "::" listens for IPv4, too.
  const auto has_all_of = [](const auto& all, const auto& one) { return all.is_unspecified() && (all.is_v6() || one.is_v4()); };
  return has_all_of(host_a, host_b) || has_all_of(host_b, host_a);
}

std::string http_url(const ListenAddress& address, bool is_encrypted) {
  return (is_encrypted ? "https://" : "http://") + authority_of(address);
}

std::string tcp_url(const ListenAddress& address, bool is_encrypted) {
  return (is_encrypted ? "tls://" : "tcp://") + authority_of(address);
}

}  // namespace dialogue
