// The file of a listening Unix socket: its rights, what is in its place before, and that it goes with its own server only.
#include "server/net/unix_socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::net {
namespace {

using Catch::Matchers::Contains;

bool answers(const std::string& path) {
  const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

TEST_CASE("a Unix socket listens, is for its owner and group, and goes with its server") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/admin.sock";
  {
    Descriptor descriptor;
    UnixSocketFile file;
    REQUIRE(file.listen(path, descriptor) == "");
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0660);
    CHECK(answers(path));
    CHECK_FALSE(std::filesystem::exists(path + ".new"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket that a killed server left is replaced, one that is listened on is not") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/admin.sock";
  Descriptor descriptor, second;
  UnixSocketFile file, other;
  REQUIRE(file.listen(path, descriptor) == "");
  CHECK_THAT(other.listen(path, second), Contains("another server listens on " + path));
  CHECK(answers(path));
  descriptor = Descriptor();  // killed: the file stays
  CHECK(std::filesystem::exists(path));
  REQUIRE(other.listen(path, second) == "");
  CHECK(answers(path));
  file.remove();  // which is not its own any more
  CHECK(answers(path));
}

TEST_CASE("a file that is not a socket stays, and impossible paths are refused") {
  const test::TemporaryDirectory directory;
  directory.write("notes", "mine");
  Descriptor descriptor;
  UnixSocketFile file;
  CHECK_THAT(file.listen(directory.path() + "/notes", descriptor), Contains("is not a socket"));
  CHECK(std::filesystem::file_size(directory.path() + "/notes") == 4);
  CHECK_THAT(file.listen(directory.path() + "/nowhere/admin.sock", descriptor), Contains("cannot create a file in"));
  CHECK_THAT(file.listen(directory.path() + "/" + std::string(100, 'x'), descriptor), Contains("1 to 100 bytes"));
  CHECK_THAT(file.listen("", descriptor), Contains("1 to 100 bytes"));
  CHECK(descriptor.get() == -1);
}

}  // namespace dialogue::net
