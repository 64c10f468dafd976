// The header with which a TCP proxy reports its client, before anything else on a connection: the PROXY protocol, versions 1
// and 2 (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt). Pure; safe from any thread.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dialogue::net {

inline constexpr std::size_t kProxyHeaderBytesMax = 536;  ///< of version 2 with its extensions; version 1 has at most 107

struct ProxyHeader {
  enum class Kind : std::uint8_t { need_more, malformed, whole };
  Kind kind = Kind::need_more;
  std::size_t size = 0;                              ///< of a whole header; of one that is not: how many bytes it has at least
  std::optional<boost::asio::ip::address> client{};  ///< absent: the proxy speaks for itself (LOCAL, UNKNOWN)
};

/// Reads the header at the beginning of `bytes`. TCP over IPv4 and IPv6; anything else is malformed.
[[nodiscard]] ProxyHeader read_proxy_header(std::string_view bytes);

}  // namespace dialogue::net
