// See sqlite_wal.hpp.
#include "server/store/sqlite/files/sqlite_wal.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <vector>

namespace dialogue::store {
namespace {

constexpr sqlite3_int64 kStepBytes = 1 << 16;  ///< SQLite writes less than 128 KiB at once

void check(int code, const char* what) {
  if (code != SQLITE_OK) throw SqliteError(code, what);
}

sqlite3_int64 size_of(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  check(file->pMethods->xFileSize(file, &size), "the size of PATH-wal");
  return size;
}

void rewrite(sqlite3_file* file) {
  const sqlite3_int64 size = size_of(file);
  std::vector<char> bytes(static_cast<std::size_t>(std::min(size, kStepBytes)));
  for (sqlite3_int64 at = 0; at < size; at += kStepBytes) {
    const int count = static_cast<int>(std::min(size - at, kStepBytes));
    check(file->pMethods->xRead(file, bytes.data(), count, at), "a read of PATH-wal");
    check(file->pMethods->xWrite(file, bytes.data(), count, at), "a write of PATH-wal");
  }
  check(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), "a sync of PATH-wal");
}

}  // namespace

void rewrite_wal(SqliteDatabase& database) {
  sqlite3_file* wal = nullptr;
  check(sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal), "PATH-wal");
  if (wal == nullptr || wal->pMethods == nullptr || size_of(wal) == 0) return;
  database.run("BEGIN IMMEDIATE");  // no other connection appends to it, or begins it again
  try {
    rewrite(wal);
  } catch (const SqliteError&) {
    database.run("ROLLBACK");
    throw;
  }
  database.run("ROLLBACK");
}

}  // namespace dialogue::store
