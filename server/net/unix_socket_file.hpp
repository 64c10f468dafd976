// A listening Unix socket and its file. The file appears atomically with its rights (0660), in the place of a stale one, and is
// removed by the destructor, unless another server has put its own there. Used by one thread.
#pragma once
#include <sys/types.h>
#include <cstddef>
#include <string>
#include <string_view>

#include "server/net/socket.hpp"

namespace dialogue::net {

/// The prefix of an address that is a path.
inline constexpr std::string_view kUnixScheme = "unix:";
/// sockaddr_un holds 107 bytes; the file is made under a longer name first.
inline constexpr std::size_t kUnixPathBytesMax = 100;

/// Returns why a server could not put a socket at this path, and what to do about that. Returns an empty text if it could, or if
/// another server listens there.
[[nodiscard]] std::string fault_of_unix_path(const std::string& path);

class UnixSocketFile {
 public:
  UnixSocketFile() = default;
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;
  ~UnixSocketFile() { remove(); }

  /// Puts a listening socket into `descriptor`. Returns an empty text, or what went wrong and what to do about it.
  [[nodiscard]] std::string listen(const std::string& path, Descriptor& descriptor);
  /// Removes the file. To be called before the socket is closed. Idempotent.
  void remove();

 private:
  std::string path_;  ///< empty: no file
  dev_t device_ = 0;
  ino_t number_ = 0;
};

}  // namespace dialogue::net
