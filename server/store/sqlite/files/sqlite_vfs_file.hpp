// A file by SQLite's own way to it. Closing any other descriptor of a database ends every lock that this process holds on it
// (POSIX locks belong to process and file), so whatever may be an open database of this process is opened here: SQLite keeps
// such a descriptor until the locks are gone. Used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct sqlite3_file;
struct sqlite3_vfs;

namespace dialogue::store {

class SqliteVfsFile {
 public:
  enum class Mode : std::uint8_t { read, write_or_create };

  /// `path` is one of full_sqlite_path(). `vfs`: empty for the default one. Throws SqliteError.
  SqliteVfsFile(const std::string& path, const std::string& vfs, Mode mode);
  SqliteVfsFile(const SqliteVfsFile&) = delete;
  SqliteVfsFile& operator=(const SqliteVfsFile&) = delete;
  ~SqliteVfsFile();

  [[nodiscard]] sqlite3_file* handle() const { return file_; }
  /// Returns the file's size in bytes. Throws SqliteError.
  [[nodiscard]] std::uint64_t size() const;
  /// Bytes from `offset`; what `into` holds behind the file's end is zero. Throws SqliteError.
  void read(std::span<char> into, std::uint64_t offset) const;

 private:
  void close();

  const char* name_ = nullptr;  ///< SQLite's own copy, which the file refers to
  std::unique_ptr<std::byte[]> memory_;
  sqlite3_file* file_ = nullptr;
};

/// A file's path as SQLite resolves it: absolute, without links. Throws SqliteError.
[[nodiscard]] std::string full_sqlite_path(const std::string& path, const std::string& vfs);

}  // namespace dialogue::store
