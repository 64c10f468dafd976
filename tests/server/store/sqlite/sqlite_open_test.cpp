// What a process that died has left beside the database, and that a look before the start takes none of it for damage.
#include "server/store/sqlite/sqlite_open.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "server/store/sqlite/sqlite_log.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

constexpr std::size_t kHeadBytes = 32;

void replace(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The files of a database whose process died: they are copied while it is open.
class LeftBehind {
 public:
  LeftBehind() {
    const std::string living = directory_.path() + "/living.db";
    { const SqliteLog made(living, {}); }  // what it holds is in the database itself
    SqliteLog log(living, {});
    REQUIRE(log.put_kept({{{KeptKind::room, "/a", "{}"}}, 0}) == core::StoreStatus::ok);
    for (const char* suffix : {"", "-wal", "-shm", "-head"})
      std::filesystem::copy_file(living + suffix, path + suffix, std::filesystem::copy_options::overwrite_existing);
    wal = file_bytes(path + "-wal");
  }

 private:
  test::TemporaryDirectory directory_;

 public:
  const std::string path = directory_.path() + "/left.db";
  std::string wal;
};

/// A start finds nothing to complain of, and works.
void require_start(const std::string& path) {
  REQUIRE_NOTHROW(check_sqlite_place(path));
  REQUIRE_NOTHROW(SqliteLog(path, {}));
}

}  // namespace

TEST_CASE("R-70 a log that was left with its header alone, or cut within it, does not count as damaged") {
  const LeftBehind left;
  REQUIRE(left.wal.size() > kHeadBytes);
  const std::size_t bytes = GENERATE(0U, 1U, 31U, 32U, 33U, 60U);
  CAPTURE(bytes);
  replace(left.path + "-wal", left.wal.substr(0, bytes));
  require_start(left.path);
}

TEST_CASE("R-70 a log that was left with a wrong byte in its header does not count as damaged") {
  const LeftBehind left;
  const std::size_t at = GENERATE(range(std::size_t{0}, kHeadBytes));
  CAPTURE(at);
  std::string wal = left.wal;
  wal[at] = static_cast<char>(wal[at] ^ 0x10);
  replace(left.path + "-wal", wal);
  require_start(left.path);
}

TEST_CASE("R-70 a log that was left without its index, or with a wrong one, does not count as damaged") {
  const LeftBehind left;
  const std::string index = left.path + "-shm";
  const bool is_there = GENERATE(false, true);
  const std::size_t bytes = is_there ? GENERATE(std::size_t{0}, std::size_t{100}, std::size_t{32'768}) : 0;
  CAPTURE(is_there, bytes);
  std::filesystem::remove(index);
  if (is_there) replace(index, std::string(bytes, '\x55'));
  require_start(left.path);
}

}  // namespace dialogue::testing
