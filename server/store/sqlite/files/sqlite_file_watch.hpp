// Whether something else wrote over the file of an open database, as `cp backup.db dialogue.db` does: it has the same path and
// number afterwards. Seen by its beginning, its size and SQLite's change counter, which do not go back by what a connection, a
// checkpoint or VACUUM writes. A file that is as large, or of a later counter, is not seen: with a write-ahead log SQLite counts
// few changes. Used by the connection's thread, outside of transactions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

class SqliteFileWatch {
 public:
  /// `database` outlives it, and has been written to disk once.
  explicit SqliteFileWatch(SqliteDatabase& database);

  /// What is wrong and what to do, in sentences that begin with the path; empty: nothing. A file that cannot be read is left to
  /// the next write.
  [[nodiscard]] std::string fault();
  /// After what the connection may have written to the file: a checkpoint.
  void note();

 private:
  struct Content {
    bool is_database = false;
    std::uint32_t changes = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] std::optional<Content> look() const;

  SqliteDatabase& database_;
  std::optional<Content> seen_;
};

}  // namespace dialogue::store
