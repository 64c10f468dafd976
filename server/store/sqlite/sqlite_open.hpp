// Opens a store's database for writing: exclusively, of a known version, complete, and no older than it was. An obstacle is
// thrown as a StoreError with the remedy. Used by SqliteLog.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/boot_clock.hpp"
#include "server/store/file_lock.hpp"
#include "server/store/sqlite/files/sqlite_head_file.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {

struct SqliteOpened {
  std::unique_ptr<FileLock> file_lock;        ///< goes last, after all that has the file open
  std::unique_ptr<SqliteHeadFile> head_file;  ///< goes after the database: it holds the lock of the path
  std::unique_ptr<SqliteDatabase> database;
  StoreFacts facts;
  std::vector<std::string> warnings;
};

/// `vfs`: SQLite's name of a file system; empty: the usual one. `seed`: instead of chance, for a run that can be repeated. `now`:
/// the clocks.
[[nodiscard]] SqliteOpened open_sqlite(const std::string& path, const std::string& vfs, std::optional<std::uint64_t> seed,
                                       const BootClock& now);

/// Opens it for reading beside a server, after the same checks of form; for a store's reader and for tools.
[[nodiscard]] std::unique_ptr<SqliteDatabase> open_sqlite_read_only(const std::string& path, const std::string& vfs);

/// The same, for a database of this program's version only.
[[nodiscard]] std::unique_ptr<SqliteDatabase> open_sqlite_current(const std::string& path, const std::string& vfs);

/// Takes a new identity, so that every log has a new epoch. The database must be open for writing.
[[nodiscard]] StoreRow renew_identity(SqliteDatabase& database, std::optional<std::uint64_t> seed);

/// Returns the error message for an operator if opening failed by `fault`.
[[nodiscard]] StoreError store_error(const std::string& path, const SqliteError& fault);

/// Throws if the directory of `path` does not exist.
void check_store_directory(const std::string& path);

/// Throws unless a server could open the database for writing, or create it. Neither creates nor changes it.
void check_sqlite_place(const std::string& path);

/// Whether a room's row is gone or damaged, perhaps with its name: then all those are suspect that cannot be found.
[[nodiscard]] bool is_room_missing(SqliteDatabase& database, const StoreRow& store);

/// Throws unless this is a store's database of a version that this program knows.
void check_form(SqliteDatabase& database, const std::string& path);

}  // namespace dialogue::store
