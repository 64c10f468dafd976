// A lock on a file itself, whatever paths lead to it: a hard link, or one file mounted in two places. SQLite's own locks are on
// the file too, but not held between transactions; PATH-head's is held, but goes by the path. Holds it until it goes, which must
// be after the file was closed elsewhere in this process: closing a descriptor ends SQLite's locks. So a file that this process
// has locked is not opened a second time.
#pragma once
#include <optional>
#include <string>
#include <utility>

namespace dialogue::store {

class FileLock {
 public:
  /// Creates the file if it does not exist. If the file system has no such locks, or the file cannot be opened, it takes no lock.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Whether another process, or this one, already has the lock, by this path or another.
  [[nodiscard]] bool is_taken() const { return is_taken_; }

 private:
  using Inode = std::pair<unsigned long long, unsigned long long>;  ///< device and number

  [[nodiscard]] static std::optional<Inode> inode_of(const std::string& path);

  std::optional<Inode> held_;
  int descriptor_ = -1;
  bool is_taken_ = false;
};

}  // namespace dialogue::store
