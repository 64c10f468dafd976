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

/// Prepares Redis for a store; called once for each store. Throws StoreError if the server, its settings or the user's rights do
/// not suffice.
void open_redis(const RedisAddress& address, const RedisOptions& options);

/// Like open_redis(), but checks only what can be checked without changing anything.
void check_redis(const RedisAddress& address);

/// Returns a connection to a store that is open. Throws RedisError, also if Redis was emptied since and has another identity.
[[nodiscard]] std::unique_ptr<RedisConnection> connect_to_store(const RedisAddress& address);

/// Returns a value of INFO; empty if INFO has none of this name.
[[nodiscard]] std::string redis_info(RedisConnection& connection, const char* section, std::string_view name);

/// Which start of Redis this is; kept in the store, so that another one is noticed.
inline constexpr const char* kRedisRunField = "run";

}  // namespace dialogue::store
