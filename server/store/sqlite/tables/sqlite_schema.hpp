// The form of a store's database and its versions. Each step from one version to the next is one transaction, so that a database
// has one form or the next, whenever the power fails. Used while opening.
#pragma once
#include <cstdint>
#include <span>

#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

/// "DLOG": says whose database it is (PRAGMA application_id).
inline constexpr std::int64_t kStoreApplicationId = 0x444C'4F47;

/// What makes each version out of the one before it, as SQL, in which migrate() provides dialogue_checksum(...).
[[nodiscard]] std::span<const char* const> store_migrations();

[[nodiscard]] std::int64_t schema_version(SqliteDatabase& database);

/// Brings the database to version migrations.size(). It must not be newer.
void migrate(SqliteDatabase& database, std::span<const char* const> migrations);

}  // namespace dialogue::store
