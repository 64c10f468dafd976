// Bound under another name, and renamed when it listens: a client never finds a socket that has too many rights or refuses.
#include "server/net/unix_socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace dialogue::net {
namespace {

constexpr mode_t kRights = 0660;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

Descriptor open_socket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

/// Why the socket cannot be put there, since another server has it; or empty.
std::string fault_of_use(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  const Descriptor probe = open_socket();
  const sockaddr_un address = address_of(path);
  const bool is_answered = ::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN;
  return is_answered ? "another server listens on " + path + ". Stop it, or choose another path." : std::string();
}

}  // namespace

std::string fault_of_unix_path(const std::string& path) {
  if (path.empty() || path.size() > kUnixPathBytesMax)
    return "the path of a Unix socket has 1 to " + std::to_string(kUnixPathBytesMax) + " bytes. Name a shorter one.";
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode))
    return path + " exists and is not a socket. Remove it, or choose another path.";
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  if (::stat(directory.c_str(), &found) == 0 && !S_ISDIR(found.st_mode))
    errno = ENOTDIR;
  else if (::access(directory.c_str(), W_OK | X_OK) == 0)
    return {};
  return "cannot create a file in " + directory + ": " + std::strerror(errno) + ". Create the directory, or choose another path.";
}

std::string UnixSocketFile::listen(const std::string& path, Descriptor& descriptor) {
  if (std::string fault = fault_of_unix_path(path); !fault.empty()) return fault;
  if (std::string fault = fault_of_use(path); !fault.empty()) return fault;
  const std::string made = path + ".new";
  const auto fault = [&](const char* what) {
    const std::string words = std::string("cannot ") + what + " " + path + ": " + std::strerror(errno) + ".";
    ::unlink(made.c_str());
    return words;
  };
  Descriptor listening = open_socket();
  if (listening.get() < 0) return fault("open a socket for");
  ::unlink(made.c_str());  // of a server that was killed just here
  const sockaddr_un address = address_of(made);
  if (::bind(listening.get(), generic(address), sizeof address) != 0) return fault("bind to");
  if (::chmod(made.c_str(), kRights) != 0) return fault("set the rights of");
  if (::listen(listening.get(), SOMAXCONN) != 0) return fault("listen on");
  struct stat own {};
  if (::stat(made.c_str(), &own) != 0 || std::rename(made.c_str(), path.c_str()) != 0) return fault("bind to");
  path_ = path;
  device_ = own.st_dev;
  number_ = own.st_ino;
  descriptor = std::move(listening);
  return {};
}

void UnixSocketFile::remove() {
  struct stat found {};
  const bool is_own = !path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == number_;
  if (is_own) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace dialogue::net
