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
  std::string path;       ///< such as "/dialogue"; empty if the URL has no path
  std::string authority;  ///< for the field Host
  /// Returns the URL without its path.
  [[nodiscard]] std::string origin() const { return (is_secure ? "wss://" : "ws://") + authority; }
};

/// Parses the URL of a target; returns no value if it is malformed.
[[nodiscard]] std::optional<Target> parse_target(std::string_view url);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// Looks up the target's address. Throws SetupError if the name has none.
[[nodiscard]] SocketAddress resolve(const Target& target);

}  // namespace dialogue::load
