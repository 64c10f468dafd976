// See file_lock.hpp.
#include "server/store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

namespace dialogue::store {

namespace {

/// The files that this process has locked.
struct HeldFiles {
  std::mutex mutex{};
  std::set<std::pair<unsigned long long, unsigned long long>> inodes{};
};

HeldFiles& held_files() {
  static HeldFiles& files = *new HeldFiles();  // never freed: an instance may end after whatever ends at exit
  return files;
}

}  // namespace

std::optional<FileLock::Inode> FileLock::inode_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Inode{status.st_dev, status.st_ino};
}

FileLock::FileLock(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;  // of a database that this makes; SQLite gives its other files the same
  HeldFiles& files = held_files();
  const std::lock_guard lock(files.mutex);
  if (const auto inode = inode_of(path); inode && files.inodes.contains(*inode)) {
    is_taken_ = true;
    return;
  }
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
  if (descriptor_ < 0) return;
  is_taken_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (is_taken_) return;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return;
  held_ = Inode{status.st_dev, status.st_ino};
  files.inodes.insert(*held_);
}

FileLock::~FileLock() {
  HeldFiles& files = held_files();
  const std::lock_guard lock(files.mutex);
  if (descriptor_ >= 0) ::close(descriptor_);
  if (held_) files.inodes.erase(*held_);
}

}  // namespace dialogue::store
