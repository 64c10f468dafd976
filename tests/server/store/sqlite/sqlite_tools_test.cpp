// What a restore keeps of what it replaces, and where it puts the backup.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server/store/file_lock.hpp"
#include "server/store/sqlite/sqlite_store.hpp"
#include "server/store/sqlite/sqlite_tools.hpp"
#include "server/store/store_error.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;
namespace fs = std::filesystem;

namespace {

struct Backup {
  test::TemporaryDirectory directory;
  std::string path = directory.path() + "/dialogue.db", backup = directory.path() + "/backup.db";

  Backup() {
    SqliteStore store(path, {});
    const RoomKey key{"", "lobby"};
    RoomWrite write;
    write.key = key;
    write.epoch = ask_open(store, key).state.epoch;
    write.records = {record_at(1)};
    REQUIRE(ask_append(store, write) == StoreStatus::ok);
    REQUIRE(backup_sqlite(path, backup).events == 1);
  }
};

}  // namespace

TEST_CASE("F-O17 a restore replaces the database that a link leads to, and the link stays") {
  const Backup made;
  const std::string link = made.directory.path() + "/link.db";
  fs::create_symlink(made.path, link);
  const StoreCopy copy = restore_sqlite(made.backup, link);
  CHECK(fs::is_symlink(link));
  CHECK(copy.replaced == made.path + "-replaced");
  CHECK(check_sqlite(made.path).events == 1);
  CHECK(check_sqlite(copy.replaced).events == 1);
}

TEST_CASE("a log that was left alone is kept, and stands beside no other database after the next restore") {
  const Backup made;
  fs::remove(made.path);
  std::ofstream(made.path + "-wal", std::ios::binary) << "a log without its database";
  CHECK(restore_sqlite(made.backup, made.path).replaced.empty());
  CHECK(restore_sqlite(made.backup, made.path).replaced == made.path + "-replaced-2");
  CHECK(file_bytes(made.path + "-replaced-wal") == "a log without its database");
}

TEST_CASE("a restore refuses while another path leads to the open database, and ends no lock of it") {
  const Backup made;
  const std::string twin = made.directory.path() + "/twin.db";
  fs::create_hard_link(made.path, twin);
  const FileLock lock(made.path);
  CHECK_THROWS_AS(restore_sqlite(made.backup, twin), StoreError);
  CHECK(FileLock(twin).is_taken());
}

}  // namespace dialogue::testing
