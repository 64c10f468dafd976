// See store_kind.hpp.
#include <random>

#include "server/store/factory/open_store.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "server/store/postgres/postgres_store.hpp"
#include "server/store/redis/redis_store.hpp"
#include "server/store/sqlite/sqlite_follower.hpp"
#include "server/store/sqlite/sqlite_open.hpp"
#include "server/store/sqlite/sqlite_store.hpp"

namespace dialogue::store {
namespace {

constexpr std::string_view kMemoryScheme = "memory:", kSqliteScheme = "sqlite:";

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string memory_file(std::string_view url) {
  if (url != kMemoryScheme) throw StoreError(std::string(url), "a memory store has no path.", "Use \"memory:\" alone.");
  return {};
}

std::unique_ptr<Store> open_memory(std::string_view url, const StoreOptions& options) {
  if (options.reads_only) throw StoreError(std::string(url), "memory cannot be read from outside its process.", store_advice());
  return std::make_unique<SharedMemoryStore>(options.seed ? *options.seed : random_seed());
}

std::string sqlite_file(std::string_view url) {
  const std::string place(url);
  if (url == kSqliteScheme) throw StoreError(place, "the path of the database is missing.", store_advice());
  // SQLite's own name for a database that is nowhere.
  if (url == "sqlite::memory:") throw StoreError(place, "this database would not be stored.", store_advice());
  if (url.starts_with("sqlite:file:"))
    throw StoreError(place, "SQLite would read this as a URI instead of a path.",
                     "Use \"sqlite:PATH\"; a file that is named like this is ./file:...");
  return place.substr(kSqliteScheme.size());
}

std::unique_ptr<Store> open_sqlite_store(std::string_view url, const StoreOptions& options) {
  const std::string path = sqlite_file(url);
  if (options.reads_only) return std::make_unique<SqliteFollower>(path, SqliteFollowerOptions{{}, options.warn});
  return std::make_unique<SqliteStore>(
      path, SqliteOptions{{}, options.seed, options.warn, SqliteOptions{}.news_bytes_max, options.note});
}

std::string postgres_file(std::string_view url) {
  static_cast<void>(parse_postgres_address(url));
  return {};
}

std::optional<NatsAddress> bus_of(const StoreOptions& options) {
  return options.bus.empty() ? std::nullopt : std::optional(parse_nats_address(options.bus));
}

std::unique_ptr<Store> open_postgres_store(std::string_view url, const StoreOptions& options) {
  const PostgresAddress address = parse_postgres_address(url);
  if (options.reads_only)
    throw StoreError(address.shown, "a PostgreSQL store is opened for writing by every process.", "Open it without reads_only.");
  return std::make_unique<PostgresStore>(address, PostgresOptions{options.seed, options.warn, options.note, bus_of(options)});
}

std::string redis_file(std::string_view url) {
  static_cast<void>(parse_redis_address(url));
  return {};
}

std::unique_ptr<Store> open_redis_store(std::string_view url, const StoreOptions& options) {
  const RedisAddress address = parse_redis_address(url);
  if (options.reads_only)
    throw StoreError(address.shown, "a Redis store is opened for writing by every process.", "Open it without reads_only.");
  return std::make_unique<RedisStore>(address, RedisOptions{options.seed, options.warn, options.note});
}

}  // namespace

std::span<const StoreKind> store_kinds() {
  static const std::vector<StoreKind> kKinds = {
      {{kSqliteScheme},
       "sqlite:PATH",
       true,
       sqlite_file,
       {"-wal", "-shm", "-journal", "-head", "-drain"},
       [](std::string_view url) { check_sqlite_place(sqlite_file(url)); },
       open_sqlite_store},
      {{"postgres://", "postgresql://"},
       "postgres://USER@HOST/DATABASE",
       true,
       postgres_file,
       {},
       [](std::string_view url) { check_postgres(parse_postgres_address(url)); },
       open_postgres_store,
       true,
       true},
      {{"redis://", "rediss://"},
       "redis://HOST",
       true,
       redis_file,
       {},
       [](std::string_view url) { check_redis(parse_redis_address(url)); },
       open_redis_store,
       true},
      {{kMemoryScheme},
       kMemoryScheme,
       false,
       memory_file,
       {},
       [](std::string_view url) { static_cast<void>(memory_file(url)); },
       open_memory},
  };
  return kKinds;
}

}  // namespace dialogue::store
