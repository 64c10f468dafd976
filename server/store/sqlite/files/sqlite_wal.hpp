// The log of a database (PATH-wal), as a start finds it. Used by the connection's thread.
#pragma once
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

/// Writes the log once more, as it is, and syncs it. After a sync that failed the kernel shows bytes that it will never write: an
/// event appended behind them would be lost with them, though its own sync succeeded. To be called before anything is appended.
/// Throws SqliteError: then what the log contains may not be on the disk.
void rewrite_wal(SqliteDatabase& database);

}  // namespace dialogue::store
