// The address of a NATS server: nats://[user:password@ | token@]host[:port], with tls:// by TLS. Values; parsing does no I/O.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::store {

inline constexpr std::uint16_t kNatsPort = 4222;

struct NatsAddress {
  std::string host{};  ///< a name, or an address without brackets
  std::uint16_t port = kNatsPort;
  std::string user{}, password{}, token{};  ///< a user with a password, or a token; empty: no login
  bool is_secure = false;                   ///< by TLS
  std::string shown{};                      ///< for operators: without a login
};

/// Throws StoreError, whose texts show no password.
[[nodiscard]] NatsAddress parse_nats_address(std::string_view url);

}  // namespace dialogue::store
