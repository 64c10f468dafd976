// Opens a store's schema: checks the server, creates the tables or brings them to this version, one process at a time, and makes
// further connections to it. Any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/store/nats/nats_address.hpp"
#include "server/store/postgres/connection/postgres_connection.hpp"

namespace dialogue::store {

struct PostgresOptions {
  std::optional<std::uint64_t> seed{};                ///< of the epochs of a new store; instead of chance
  std::function<void(const std::string&)> warn = {};  ///< what an operator should know; any thread; may be empty
  std::function<void(const std::string&)> note = {};  ///< the same, where all is well
  std::optional<NatsAddress> bus{};                   ///< carries what NOTIFY would
};

/// Prepares the database for a store; called once for each store. Throws StoreError if the server, its settings or the role's
/// rights do not suffice.
void open_postgres(const PostgresAddress& address, const PostgresOptions& options);

/// Like open_postgres(), but checks only what can be checked without changing anything.
void check_postgres(const PostgresAddress& address);

/// Returns a connection to a store that is open, with its settings. Throws PostgresError.
[[nodiscard]] std::unique_ptr<PostgresConnection> connect_to_store(const PostgresAddress& address);

}  // namespace dialogue::store
