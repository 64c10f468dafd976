// See file_changes.hpp.
#include "server/app/process/file_changes.hpp"

#include <sys/stat.h>

#include <utility>

namespace dialogue::app {

FileChanges::FileChanges(std::string path) : path_(std::move(path)), reported_(stamp()), before_(reported_) {}

FileChanges::Stamp FileChanges::stamp() const {
  struct stat now {};
  if (stat(path_.c_str(), &now) != 0) return {};
  return {now.st_mtim.tv_sec,  now.st_mtim.tv_nsec, now.st_ctim.tv_sec,
          now.st_ctim.tv_nsec, now.st_size,         static_cast<std::int64_t>(now.st_ino)};
}

bool FileChanges::look() {
  const Stamp now = stamp();
  const bool is_settled = now == before_;
  before_ = now;
  if (now == reported_ || !is_settled) return false;
  reported_ = now;
  return true;
}

}  // namespace dialogue::app
