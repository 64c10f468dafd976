// Whether an open file is still the one at its path. SQLite silently continues to use a file that was moved or removed. Used by
// one thread.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

namespace dialogue::store {

class FilePlace {
 public:
  /// Of the file that is there now. Where there is none, nothing is ever wrong.
  explicit FilePlace(std::string path);

  /// What has become of it and what to do, in sentences that begin with the path; empty: it is there.
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

/// The write-ahead log of a database that is gone or empty; empty: there is none. SQLite would remove it when it makes a database
/// at this path, and with it what no checkpoint has brought into the file.
[[nodiscard]] std::string lone_log(const std::string& path);

}  // namespace dialogue::store
