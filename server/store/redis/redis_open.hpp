// Opens a store in Redis: checks the server and its settings, and makes further connections to it. Any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/store/redis/connection/redis_connection.hpp"

namespace dialogue::store {

struct RedisOptions {
  std::optional<std::uint64_t> seed{};                ///< of the epochs of a new store; instead of chance
  std::function<void(const std::string&)> warn = {};  ///< what an operator should know; any thread; may be empty
  std::function<void(const std::string&)> note = {};  ///< the same, where all is well
};

/// Once for a store: throws StoreError where the server, its settings or the user's rights are not what a store needs.
void open_redis(const RedisAddress& address, const RedisOptions& options);

/// As open_redis() would, as far as it goes without changing anything.
void check_redis(const RedisAddress& address);

/// A connection to a store that is open. A Redis that was emptied since has another identity. Throws RedisError.
[[nodiscard]] std::unique_ptr<RedisConnection> connect_to_store(const RedisAddress& address);

/// A value of INFO; empty: it has none of this name.
[[nodiscard]] std::string redis_info(RedisConnection& connection, const char* section, std::string_view name);

/// Which start of Redis this is; kept in the store, so that another one is noticed.
inline constexpr const char* kRedisRunField = "run";

}  // namespace dialogue::store
