// A listening Unix socket and its file. The file appears atomically with its rights (0660), in the place of a stale one, and is
// removed by the destructor, unless another server has put its own there. Used by one thread.
#pragma once
#include <sys/types.h>
#include <cstddef>
#include <string>
#include <string_view>

#include "server/net/socket.hpp"

namespace dialogue::net {

/// What an address begins with that is a path.
inline constexpr std::string_view kUnixScheme = "unix:";
/// sockaddr_un holds 107 bytes; the file is made under a longer name first.
inline constexpr std::size_t kUnixPathBytesMax = 100;

/// Why a server could not put a socket there, in words with what to do about it. Empty: it could, or another
/// server listens there.
[[nodiscard]] std::string fault_of_unix_path(const std::string& path);

class UnixSocketFile {
 public:
  UnixSocketFile() = default;
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;
  ~UnixSocketFile() { remove(); }

  /// Returns what went wrong, in words with what to do about it; empty: `descriptor` is a socket that listens.
  [[nodiscard]] std::string listen(const std::string& path, Descriptor& descriptor);
  /// Before the socket is closed. Idempotent.
  void remove();

 private:
  std::string path_;  ///< empty: there is none
  dev_t device_ = 0;
  ino_t number_ = 0;
};

}  // namespace dialogue::net
