// An http or https URL that the server itself asks, taken apart. Pure; safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::http_client {

struct HttpUrl {
  bool is_secure = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::string port, target;
  std::string unix_path{};  ///< set: of a Unix socket, and the host is only for the field Host
  /// Whether what is sent stays on this machine.
  [[nodiscard]] bool is_loopback() const;
  /// For the field Host: the port where it is not the usual one, brackets where they belong.
  [[nodiscard]] std::string authority() const;
};

/// "https://host[:port]/path[?query]" or http; nothing for any other form, and for a name and password in it.
[[nodiscard]] std::optional<HttpUrl> parse_http_url(std::string_view text);

}  // namespace dialogue::http_client
