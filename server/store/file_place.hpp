// Whether an open file is still the one at its path. SQLite silently continues to use a file that was moved or removed. Used by
// one thread.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

namespace dialogue::store {

class FilePlace {
 public:
  /// Remembers the file that is at `path` now. If there is no file, fault() stays empty.
  explicit FilePlace(std::string path);

  /// Returns what has happened to the file and what to do, in sentences that begin with the path; empty: it is still in place.
  [[nodiscard]] std::string fault() const;

 private:
  struct FileId {
    dev_t device = 0;
    ino_t number = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };
  static std::optional<FileId> id_at(const std::string& path);

  std::string path_;
  std::optional<FileId> id_;
};

/// Creates a file that only its owner may use, whatever the umask; an existing file keeps its rights. Files that SQLite creates
/// beside a database have the database's rights.
void create_for_owner(const std::string& path);

/// Returns the path of the write-ahead log of a database that is missing or empty; empty: there is no such log. SQLite would
/// remove the log when it creates a database at this path, and with it what no checkpoint has brought into the file.
[[nodiscard]] std::string lone_log(const std::string& path);

}  // namespace dialogue::store
