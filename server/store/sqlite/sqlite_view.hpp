// The current database, for a process that only reads beside its writer: opened at the first read, and again when another file
// is at its path or it has a new identity, as after `dialogue store restore`. Used by one thread.
//
//   SqliteView view("dialogue.db", {});
//   const RoomOpened opened = view.read([&](SqliteView::Opened& now) { return now.reader.open(key); });
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/store/sqlite/tables/sqlite_kept.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {

class SqliteView {
 public:
  struct Opened {
    Opened(const std::string& path, const std::string& vfs);
    std::unique_ptr<SqliteDatabase> database;
    StoreFacts facts;
    SqliteReader reader;
    SqliteKept kept;
  };

  /// `vfs`: SQLite's name of a file system; empty: the usual one.
  SqliteView(std::string path, std::string vfs) : path_(std::move(path)), vfs_(std::move(vfs)) {}

  /// `read(opened)` within one transaction. Throws SqliteError, or StoreError when the database cannot be opened: the next
  /// call tries again.
  template <typename Read>
  auto read(const Read& read) {
    for (;;) {
      Opened& now = current();
      const Transaction transaction(*this);
      if (transaction.is_current) return read(now);
    }
  }

  /// Returns a version. If it changes, something may have been committed, or the database was replaced. Throws like read().
  [[nodiscard]] std::pair<std::uint64_t, std::int64_t> version();

 private:
  using FileId = std::pair<dev_t, ino_t>;

  /// A read transaction. Its destructor ends it, and closes the database if it is not the one that was opened.
  struct Transaction {
    explicit Transaction(SqliteView& of);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    SqliteView& view;
    bool is_current = false;
  };

  [[nodiscard]] Opened& current();
  [[nodiscard]] FileId file_id() const;

  const std::string path_, vfs_;
  std::unique_ptr<Opened> opened_;
  FileId file_{};
  std::uint64_t times_opened_ = 0;
};

}  // namespace dialogue::store
