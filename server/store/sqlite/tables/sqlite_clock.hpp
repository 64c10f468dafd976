// Since when the wall clock was not set, kept in a store's database from one start to the next.
#pragma once
#include <cstdint>

#include "server/store/boot_clock.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

/// Compares the clocks with those of earlier starts and keeps what holds now. Returns Unix time; 0: nothing is known.
/// The database must be open for writing. What is `new` has nothing from before, so nothing of before is in doubt.
[[nodiscard]] std::uint64_t update_known_clock(SqliteDatabase& database, const BootClock& now, bool is_new);

}  // namespace dialogue::store
