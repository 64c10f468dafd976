// See file_place.hpp.
#include "server/store/file_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "server/store/linked_path.hpp"

namespace dialogue::store {

FilePlace::FilePlace(std::string path) : path_(std::move(path)), id_(id_at(path_)) {}

std::optional<FilePlace::FileId> FilePlace::id_at(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileId{found.st_dev, found.st_ino};
}

std::string FilePlace::fault() const {
  if (!id_) return {};
  const std::optional<FileId> now = id_at(path_);
  if (now == id_) return {};
  constexpr const char* kAdvice = " Put the opened file back, or restart with the current one.";
  if (now) return path_ + ": the opened file was replaced by another one." + kAdvice;
  if (errno == ENOENT) return path_ + ": the file was moved or removed while open." + kAdvice;
  return path_ + ": the file cannot be examined: " + std::strerror(errno) + "." + kAdvice;
}

void create_for_owner(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (descriptor >= 0) ::close(descriptor);  // an existing file is not opened: closing it would end SQLite's locks on it
}

std::string lone_log(const std::string& path) {
  const std::string file = linked_path(path), log = file + "-wal";
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0 ? found.st_size > 0 : errno != ENOENT) return {};
  if (::stat(log.c_str(), &found) != 0 || found.st_size == 0) return {};
  return log;
}

}  // namespace dialogue::store
