// SQLite as values: a connection, a prepared statement, the rows of one run of it. What SQLite refuses is thrown as SqliteError
// and caught where an answer is made of it. A connection and its statements are used by one thread at a time.
//
//   Statement find(database, "SELECT head FROM room WHERE name = ?");
//   for (Rows rows = find.query(name); rows.next();) use(rows.number(0));
#pragma once
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "server/store/sqlite/tables/lock_wait.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace dialogue::store {

/// SQLite's extended code of the newest failure of a connection. A write that a limit of file sizes or a quota refused is
/// SQLITE_FULL, as on a full disk.
[[nodiscard]] int sqlite_error_code(sqlite3* handle);

class SqliteError : public std::exception {
 public:
  SqliteError(int code, std::string text) : code_(code), text_(std::move(text)) {}
  /// SQLite's extended result code.
  [[nodiscard]] int code() const { return code_; }
  /// The same without what extends it: SQLITE_IOERR, SQLITE_FULL, ...
  [[nodiscard]] int primary_code() const { return code_ & 0xFF; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  int code_;
  std::string text_;
};

/// How long a connection waits for a lock. A reader that meets the index of the WAL half-written takes the writer's lock for a
/// moment, to see whether it must be repaired.
inline constexpr int kLockWaitMs = 1000;

/// `look`: for reading, and no file is made beside it. What a process that ended has left in the -wal is seen where its -shm is
/// there, too.
enum class SqliteMode : std::uint8_t { write, read_only, look };

/// Whether a `look` at this database sees everything that was committed: not if it has a -wal without a -shm.
[[nodiscard]] bool is_look_whole(const std::string& path);

class SqliteDatabase {
 public:
  /// Creates the file when it is not there and `mode` is write. `vfs`: SQLite's name of a file system; empty: the usual one.
  SqliteDatabase(const std::string& path, SqliteMode mode, const std::string& vfs);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase();

  [[nodiscard]] sqlite3* handle() const { return handle_; }
  void run(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] std::string text(const std::string& sql);
  [[nodiscard]] bool is_in_transaction() const;
  /// kLockWaitMs until something else is set.
  [[nodiscard]] LockWait& lock_wait() { return lock_wait_; }

 private:
  sqlite3* handle_ = nullptr;
  LockWait lock_wait_;
};

class SqliteStatement;

/// Binary bytes. Not copied, like texts.
struct SqliteBlob {
  std::string_view bytes;
};

/// The rows of one run; ends it when it goes.
class SqliteRows {
 public:
  explicit SqliteRows(SqliteStatement& statement) : statement_(statement) {}
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;
  ~SqliteRows();

  [[nodiscard]] bool next();
  [[nodiscard]] std::uint64_t number(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  ///< until next()

 private:
  SqliteStatement& statement_;
};

class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase& database, std::string_view sql);
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement();

  /// Texts are not copied: they must live until the rows are gone.
  template <typename... Values>
  [[nodiscard]] SqliteRows query(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return SqliteRows(*this);
  }
  template <typename... Values>
  void run(const Values&... values) {
    SqliteRows rows = query(values...);
    while (rows.next()) continue;
  }
  /// Returns the first column of the first row; 0 if there is no row.
  template <typename... Values>
  [[nodiscard]] std::uint64_t number(const Values&... values) {
    SqliteRows rows = query(values...);
    return rows.next() ? rows.number(0) : 0;
  }

 private:
  friend class SqliteRows;
  void bind(int index, std::uint64_t number);
  void bind(int index, std::string_view text);
  void bind(int index, SqliteBlob blob);
  void check(int code) const;

  SqliteDatabase& database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace dialogue::store
