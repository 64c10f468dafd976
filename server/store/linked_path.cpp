// See linked_path.hpp.
#include "server/store/linked_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace dialogue::store {
namespace {

constexpr int kLinksMax = 40;  ///< as of Linux, path_resolution(7)

}  // namespace

std::string linked_path(const std::string& path) {
  std::filesystem::path at = path;
  std::error_code none;
  for (int i = 0; i < kLinksMax; ++i) {
    const std::filesystem::path next = std::filesystem::read_symlink(at, none);
    if (none) return at.string();
    at = at.parent_path() / next;
  }
  return path;
}

std::string linked_directory(const std::string& path) {
  const std::string directory = std::filesystem::path(linked_path(path)).parent_path().string();
  return directory.empty() ? "." : directory;
}

// Not every file system has files without a name.
int fault_of_making(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC;
  const std::string directory = linked_directory(path);
  const int nameless = ::open(directory.c_str(), O_TMPFILE | kFlags, S_IRUSR | S_IWUSR);
  const int made = nameless >= 0 ? nameless : ::open(path.c_str(), O_CREAT | O_EXCL | kFlags, S_IRUSR | S_IWUSR);
  if (made < 0) return errno == EEXIST ? 0 : errno;
  ::close(made);
  if (nameless < 0) ::unlink(path.c_str());
  return 0;
}

}  // namespace dialogue::store
