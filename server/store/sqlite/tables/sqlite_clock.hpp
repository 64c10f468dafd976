// Since when the wall clock was not set, kept in a store's database from one start to the next.
#pragma once
#include <cstdint>

#include "server/store/boot_clock.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

/// Compares the clocks with those of earlier starts, and stores the result in a database that is open for writing. Returns since
/// when the wall clock was not set, as Unix time; 0: unknown. `is_new`: the database is new, so no earlier time is in doubt.
[[nodiscard]] std::uint64_t update_known_clock(SqliteDatabase& database, const BootClock& now, bool is_new);

}  // namespace dialogue::store
