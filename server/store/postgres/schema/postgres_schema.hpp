// The tables and functions of a store in PostgreSQL, as migrations from one version to the next. Each key begins with the tenant.
// Constants. A migration that was released never changes.
#pragma once
#include <span>

namespace dialogue::store {

/// Scripts of version 1, 2, ...; each runs in the transaction that opens the store, with the store's schema as search path.
[[nodiscard]] std::span<const char* const> postgres_migrations();

namespace postgres_schema {
// Parts of version 1.
extern const char* const kTables;
extern const char* const kRoomFunctions;
extern const char* const kAppendFunction;
extern const char* const kKeptFunctions;
}  // namespace postgres_schema

}  // namespace dialogue::store
