// The address of a Redis store: redis://[user:password@]host[:port][/db][?option=value&...], with rediss:// by TLS. The options
// are `prefix`, what the keys begin with, `durability`: "disk", or "memory" for a Redis that keeps nothing over a restart, and
// `wait_replicas`: so many replicas have a write before it is answered.
// What is left out of user and password comes from REDISCLI_AUTH, as redis-cli reads it. Values; parsing does no I/O.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::store {

inline constexpr std::uint16_t kRedisPort = 6379;
inline constexpr std::uint32_t kWaitReplicasMax = 16;

struct RedisAddress {
  std::string host;  ///< a name, or an address without brackets
  std::uint16_t port = kRedisPort;
  std::string user{}, password{};  ///< user empty: `default`; password empty: no login
  std::uint32_t database = 0;
  bool is_secure = false;           ///< by TLS
  std::string prefix = "dialogue";  ///< letters, digits, _, -, . and :
  bool may_forget = false;          ///< durability=memory
  std::uint32_t wait_replicas = 0;  ///< at most kWaitReplicasMax
  std::string shown{};              ///< for operators: without a name, a password and options
};

/// Throws StoreError, whose texts show no password.
[[nodiscard]] RedisAddress parse_redis_address(std::string_view url);

}  // namespace dialogue::store
