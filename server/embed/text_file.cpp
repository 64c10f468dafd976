// At most one byte more than is allowed is read, so that no size has to be believed beforehand.
#include "server/embed/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/net/socket.hpp"
#include "server/store/linked_path.hpp"

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

/// A pipe may have no writer, or one that says nothing. Files are available immediately; read() reports anything else.
void await_bytes(const std::string& path, int descriptor) {
  constexpr int kPatienceMs = 10'000;
  pollfd waited{descriptor, POLLIN, 0};
  int ready = -1;
  do ready = ::poll(&waited, 1, kPatienceMs);
  while (ready < 0 && errno == EINTR);
  if (ready == 0) throw SetupError(path, "this is a pipe, and it sent nothing for 10 seconds", "Write to it, or name a file.");
}

std::string fault_of_writing(const std::string& path) { return path + ": the file cannot be written: " + std::strerror(errno); }

}  // namespace

std::string read_text_file(const std::string& path, std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  const net::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  std::size_t size = 0;
  for (ssize_t read = file.get() < 0 ? -1 : 1; read != 0 && size < text.size();) {
    if (read < 0 && errno != EINTR && errno != EAGAIN)
      throw SetupError(path, "the file cannot be read: " + std::string(std::strerror(errno)), "Check the path.");
    await_bytes(path, file.get());
    read = ::read(file.get(), text.data() + size, text.size() - size);
    size += static_cast<std::size_t>(std::max<ssize_t>(read, 0));
  }
  if (size > bytes_max)
    throw SetupError(path, "the file is larger than " + std::to_string(bytes_max) + " bytes", "Check the path.");
  text.resize(size);
  return text;
}

std::string read_regular_file(const std::string& path, std::size_t bytes_max, const std::string& advice) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status) && !std::filesystem::is_regular_file(status))
    throw SetupError(path,
                     std::string(std::filesystem::is_fifo(status) ? "this is a pipe" : "this is not a regular file") +
                         ", and a reload reads it again: it would wait for a writer",
                     "Write a file" + (advice.empty() ? std::string() : ", or " + advice) + ".");
  return read_text_file(path, bytes_max);
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
  const std::string temporary = path + ".new";
  if (::access(temporary.c_str(), F_OK) == 0 && ::access(temporary.c_str(), W_OK) != 0) return fault_of_writing(path);
  errno = store::fault_of_making(temporary);
  return errno == 0 ? std::string() : fault_of_writing(path);
}

}  // namespace dialogue
