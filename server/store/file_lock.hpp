// A lock on a file itself, whatever paths lead to it: a hard link, or one file mounted in two places. SQLite's own locks are on
// the file too, but not held between transactions; PATH-head's is held, but goes by the path. Holds it until it goes, which must
// be after the file was closed elsewhere in this process: closing a descriptor ends SQLite's locks.
#pragma once
#include <string>

namespace dialogue::store {

class FileLock {
 public:
  /// Makes the file where there is none. Where the file system has no such locks, or the file cannot be opened, there is no lock.
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Another process has it.
  [[nodiscard]] bool is_taken() const { return is_taken_; }

 private:
  int descriptor_ = -1;
  bool is_taken_ = false;
};

}  // namespace dialogue::store
