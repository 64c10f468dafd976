#include "server/load/wire/target.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "shared/base/setup_error.hpp"

namespace dialogue::load {
namespace {

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

}  // namespace

std::optional<Target> parse_target(std::string_view url) {
  constexpr std::string_view kPlain = "ws://", kSecure = "wss://";
  Target target;
  target.is_secure = url.starts_with(kSecure);
  if (!target.is_secure && !url.starts_with(kPlain)) return std::nullopt;
  if (target.is_secure) target.port = "443";
  url.remove_prefix((target.is_secure ? kSecure : kPlain).size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  target.path = url.substr(slash);
  target.authority = url.substr(0, slash);
  std::string_view place = target.authority;
  if (place.starts_with('[')) {
    const std::size_t bracket = place.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    target.host = place.substr(1, bracket - 1);
    place.remove_prefix(bracket + 1);
  } else {
    const std::size_t colon = std::min(place.find(':'), place.size());
    target.host = place.substr(0, colon);
    place.remove_prefix(colon);
  }
  if (target.host.empty() || target.host.find('@') != std::string::npos) return std::nullopt;
  if (place.empty()) return target;
  if (place[0] != ':' || !is_port(place.substr(1))) return std::nullopt;
  target.port = place.substr(1);
  return target;
}

SocketAddress resolve(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int fault = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found); fault != 0)
    throw SetupError(target.host, std::string("this host has no address: ") + gai_strerror(fault), "");
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

}  // namespace dialogue::load
