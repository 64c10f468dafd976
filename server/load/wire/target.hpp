// Where the load goes: ws://HOST[:PORT][/PATH] or wss://, taken apart and resolved. Safe from any thread.
#pragma once
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

namespace dialogue::load {

struct Target {
  bool is_secure = false;  ///< wss
  std::string host;        ///< without the brackets of an IPv6 address
  std::string port = "80";
  std::string path;       ///< "/dialogue"; empty where the URL has none
  std::string authority;  ///< for the field Host
  /// The address without its path, as people write it.
  [[nodiscard]] std::string origin() const { return (is_secure ? "wss://" : "ws://") + authority; }
};

/// Nothing for any other form.
[[nodiscard]] std::optional<Target> parse_target(std::string_view url);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// Throws SetupError where the name has no address.
[[nodiscard]] SocketAddress resolve(const Target& target);

}  // namespace dialogue::load
