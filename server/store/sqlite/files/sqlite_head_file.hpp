// The small file beside a database (PATH-head): its lock keeps a second process out, and it remembers the newest commit, so that
// a database that was put back from a backup is noticed. Written after each commit and not synced: a power failure can
// make it older than the database, never newer. Goes through SQLite's file system, so that tests can put faults under it. Used by
// one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/store/sqlite/files/sqlite_vfs_file.hpp"

namespace dialogue::store {

class SqliteHeadFile {
 public:
  struct Head {
    std::uint64_t identity = 0, commits = 0;
  };

  /// Opens or creates the file and takes the lock. Throws SqliteError, with SQLITE_BUSY if another process has the lock.
  SqliteHeadFile(const std::string& database_path, const std::string& vfs);
  SqliteHeadFile(const SqliteHeadFile&) = delete;
  SqliteHeadFile& operator=(const SqliteHeadFile&) = delete;
  ~SqliteHeadFile();

  /// Reads the head; returns no value if the file was just created or is malformed.
  [[nodiscard]] std::optional<Head> read();
  /// Writes the head; returns false if that failed.
  bool write(const Head& head, bool should_sync);

 private:
  SqliteVfsFile file_;
};

}  // namespace dialogue::store
