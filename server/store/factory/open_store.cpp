// See open_store.hpp.
#include "server/store/factory/open_store.hpp"

#include <random>

#include "server/store/memory/shared_memory_store.hpp"
#include "server/store/sqlite/sqlite_follower.hpp"
#include "server/store/sqlite/sqlite_open.hpp"
#include "server/store/sqlite/sqlite_store.hpp"

namespace dialogue::store {
namespace {

constexpr std::string_view kMemoryScheme = "memory:", kSqliteScheme = "sqlite:";
constexpr const char* kWhatThereIs = "Use \"sqlite:PATH\", for example \"sqlite:./dialogue.db\", or \"memory:\".";

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

StoreAddress parse_store_address(std::string_view url) {
  const std::string place(url);
  if (url == kMemoryScheme) return {StoreAddress::Kind::memory, {}};
  if (url.starts_with(kMemoryScheme)) throw StoreError(place, "a memory store has no path.", "Use \"memory:\" alone.");
  if (url == kSqliteScheme) throw StoreError(place, "the path of the database is missing.", kWhatThereIs);
  // SQLite's own name for a database that is nowhere.
  if (url == "sqlite::memory:") throw StoreError(place, "this database would be kept nowhere.", kWhatThereIs);
  if (url.starts_with("sqlite:file:"))
    throw StoreError(place, "SQLite would read this as a URI, and a store has a path.",
                     "Use \"sqlite:PATH\"; a file that is named like this is ./file:...");
  if (url.starts_with(kSqliteScheme)) return {StoreAddress::Kind::sqlite, std::string(url.substr(kSqliteScheme.size()))};
  for (const std::string_view scheme : {"postgres:", "postgresql:", "redis:", "rediss:"})
    if (url.starts_with(scheme)) throw StoreError(place, "this kind of store is not in this version.", kWhatThereIs);
  throw StoreError(place, "this is not a store.", kWhatThereIs);
}

void check_store(std::string_view url) {
  const StoreAddress address = parse_store_address(url);
  if (address.kind == StoreAddress::Kind::sqlite) check_sqlite_place(address.path);
}

std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options) {
  const StoreAddress address = parse_store_address(url);
  if (address.kind == StoreAddress::Kind::memory && options.reads_only)
    throw StoreError(std::string(url), "memory cannot be read from outside its process.", kWhatThereIs);
  if (address.kind == StoreAddress::Kind::memory)
    return std::make_unique<SharedMemoryStore>(options.seed ? *options.seed : random_seed());
  if (options.reads_only) return std::make_unique<SqliteFollower>(address.path, SqliteFollowerOptions{{}, options.warn});
  return std::make_unique<SqliteStore>(
      address.path, SqliteOptions{{}, options.seed, options.warn, SqliteOptions{}.news_bytes_max, options.note});
}

}  // namespace dialogue::store
