// One read of at most one byte more than is allowed, so that no size has to be believed beforehand.
#include "server/embed/text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace dialogue {
namespace {

/// A file that is being written, closed and, unless it was given its name, removed again.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), temporary_(path + ".new"), descriptor_(::open(temporary_.c_str(), kFlags, kOwnerOnly)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!is_named_) ::unlink(temporary_.c_str());
  }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  [[nodiscard]] bool name() {
    is_named_ = ::fsync(descriptor_) == 0 && std::rename(temporary_.c_str(), path_.c_str()) == 0;
    return is_named_;
  }

 private:
  static constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  static constexpr mode_t kOwnerOnly = 0600;

  const std::string path_, temporary_;
  const int descriptor_;
  bool is_named_ = false;
};

std::string fault_of_writing(const std::string& path) { return path + ": the file cannot be written: " + std::strerror(errno); }

}  // namespace

std::string read_text_file(const std::string& path, std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.good()) throw SetupError(path, "the file is larger than " + std::to_string(bytes_max) + " bytes", "Check the path.");
  if (!file.is_open() || file.bad() || errno != 0)
    throw SetupError(path, "the file cannot be read: " + std::string(std::strerror(errno)), "Check the path.");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string replace_text_file(const std::string& path, std::string_view text) {
  NewFile file(path);
  return file.is_open() && file.write(text) && file.name() ? std::string() : fault_of_writing(path);
}

std::string fault_of_replacing(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    errno = EISDIR;
    return fault_of_writing(path);
  }
  return NewFile(path).is_open() ? std::string() : fault_of_writing(path);
}

}  // namespace dialogue
