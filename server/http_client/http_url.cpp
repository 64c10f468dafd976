// See http_url.hpp.
#include "server/http_client/http_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>

namespace dialogue::http_client {
namespace {

constexpr std::string_view usual_port(bool is_secure) { return is_secure ? "443" : "80"; }

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() && number != 0;
}

}  // namespace

bool HttpUrl::is_loopback() const {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

std::string HttpUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == usual_port(is_secure) ? name : name + ":" + port;
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  HttpUrl url;
  constexpr std::string_view kPlain = "http://", kSecure = "https://";
  url.is_secure = text.starts_with(kSecure);
  if (!url.is_secure && !text.starts_with(kPlain)) return std::nullopt;
  text.remove_prefix(url.is_secure ? kSecure.size() : kPlain.size());
  const auto is_odd = [](char c) { return c <= ' ' || c >= '\x7f' || c == '#'; };
  if (std::any_of(text.begin(), text.end(), is_odd)) return std::nullopt;
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  url.target = text.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  url.port = colon == std::string_view::npos ? usual_port(url.is_secure) : authority.substr(colon + 1);
  if (url.host.empty() || !is_port(url.port) || authority.find('@') != std::string_view::npos) return std::nullopt;
  return url;
}

}  // namespace dialogue::http_client
