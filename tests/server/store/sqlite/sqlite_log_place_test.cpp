// A database that is moved, removed or replaced while it is open: nothing is acknowledged that nobody would find again.
#include <filesystem>
#include <fstream>
#include <functional>

#include "server/store/sqlite/sqlite_log.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace fs = std::filesystem;

namespace {

using Catch::Matchers::Contains;

struct OpenPlace {
  OpenPlace() {
    options.warn = [this](const std::string& text) { warnings.push_back(text); };
    store.emplace(path, options);
    REQUIRE(append(1) == StoreStatus::ok);
  }
  StoreStatus append(std::uint64_t seq) {
    return ask_append(*store, write_of(kLobby, ask_open(*store, kLobby).state.epoch, seq, seq));
  }
  [[nodiscard]] static std::uint64_t head_of(const std::string& database) {
    SqliteLogStore found(database, {});
    return ask_open(found, kLobby).state.head;
  }

  test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db", elsewhere = directory.path() + "/elsewhere.db";
  std::vector<std::string> warnings;
  SqliteOptions options;
  std::optional<SqliteLogStore> store;
};

TEST_CASE("F-B15 the files of a new database are for their owner only") {
  const OpenPlace place;
  for (const char* end : {"", "-wal", "-shm", "-head"})
    CHECK(fs::status(place.path + end).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("F-B6 the index of the log is removed while it is open: no write is acknowledged, and nothing is lost") {
  OpenPlace place;
  fs::remove(place.path + "-shm");
  CHECK(place.append(2) == StoreStatus::failed);
  REQUIRE(place.warnings.size() == 1);
  CHECK_THAT(place.warnings[0], Contains(place.path + "-shm: the file was moved or removed while open"));
  place.store.reset();
  CHECK(OpenPlace::head_of(place.path) == 1);
}

TEST_CASE("a database that is moved while it is open refuses writes, logs it once, and has all that was acknowledged") {
  OpenPlace place;
  fs::rename(place.path, place.elsewhere);
  CHECK(place.append(2) == StoreStatus::failed);
  CHECK(place.append(2) == StoreStatus::failed);
  CHECK(place.store->log().has_failed());
  REQUIRE(place.warnings.size() == 1);
  CHECK_THAT(place.warnings[0], Contains(place.path + ": the file was moved or removed while open"));
  place.store.reset();
  CHECK(OpenPlace::head_of(place.elsewhere) == 1);  // without the log, which kept the old name
  place.warnings.clear();
  CHECK_THROWS_WITH(SqliteLog(place.path, {}), Contains("the database is gone, but its log"));  // rather than begin anew
  fs::remove(place.path + "-wal");
  place.store.emplace(place.path, place.options);
  REQUIRE(place.warnings.size() == 1);
  CHECK_THAT(place.warnings[0], Contains("the database is new, although PATH-head shows an earlier one"));
}

TEST_CASE("a database that was moved and is put back has all that was acknowledged after a new start") {
  OpenPlace place;
  fs::rename(place.path, place.elsewhere);
  CHECK(place.append(2) == StoreStatus::failed);
  fs::rename(place.elsewhere, place.path);
  CHECK(place.append(2) == StoreStatus::failed);  // not before a new start
  place.store.reset();
  CHECK(OpenPlace::head_of(place.path) == 1);
}

TEST_CASE("another file in the place of a database is not touched, and a log that is removed loses nothing") {
  OpenPlace replaced;
  fs::rename(replaced.path, replaced.elsewhere);
  std::ofstream(replaced.path) << "another file";
  CHECK(replaced.append(2) == StoreStatus::failed);
  CHECK_THAT(replaced.warnings.at(0), Contains("was replaced by another one"));
  replaced.store.reset();
  CHECK(file_bytes(replaced.path) == "another file");

  OpenPlace without_log;
  fs::remove(without_log.path + "-wal");
  CHECK(without_log.append(2) == StoreStatus::failed);
  without_log.store.reset();
  CHECK(OpenPlace::head_of(without_log.path) == 1);
}

TEST_CASE("emptying the log, writing the database again and erasing leave it in its place") {
  OpenPlace place;
  CHECK(place.store->log().empty_wal());
  CHECK(place.append(2) == StoreStatus::ok);
  CHECK(place.store->log().rewrite() == StoreStatus::ok);
  CHECK(place.append(3) == StoreStatus::ok);
  for (std::uint64_t seq = 4; seq < 400; ++seq) REQUIRE(place.append(seq) == StoreStatus::ok);
  CHECK(ask_erase(*place.store, kLobby) == StoreStatus::ok);
  CHECK(place.append(1) == StoreStatus::ok);
  CHECK(place.store->log().rewrite() == StoreStatus::ok);  // the file is smaller now
  CHECK(place.append(2) == StoreStatus::ok);
  CHECK(place.warnings.empty());
}

TEST_CASE("a start without its database refuses rather than remove what the log has, and a look says so, too") {
  OpenPlace place;
  fs::copy_file(place.path + "-wal", place.elsewhere + "-wal");  // as a server that was killed leaves it
  fs::copy_file(place.path + "-head", place.elsewhere + "-head");
  const std::string log = file_bytes(place.elsewhere + "-wal");
  REQUIRE_FALSE(log.empty());
  const auto gone = Contains(place.elsewhere + ": the database is gone, but its log");
  CHECK_THROWS_WITH(check_sqlite_place(place.elsewhere), gone);
  CHECK_THROWS_WITH(SqliteLog(place.elsewhere, {}), gone);
  std::ofstream(place.elsewhere).flush();  // as "touch" makes one
  CHECK_THROWS_WITH(check_sqlite_place(place.elsewhere), gone);
  CHECK_THROWS_WITH(SqliteLog(place.elsewhere, {}), gone);
  CHECK(file_bytes(place.elsewhere + "-wal") == log);
  fs::copy_file(place.path, place.elsewhere, fs::copy_options::overwrite_existing);
  CHECK(OpenPlace::head_of(place.elsewhere) == 1);
}

TEST_CASE("a database that something else wrote over refuses writes") {
  const auto overwritten = [](const std::function<void(OpenPlace&, const std::string& older)>& overwrite) {
    OpenPlace place;
    REQUIRE(place.store->log().empty_wal());
    const std::string older = file_bytes(place.path);
    for (std::uint64_t seq = 2; seq <= 400; ++seq) REQUIRE(place.append(seq) == StoreStatus::ok);
    REQUIRE(place.store->log().empty_wal());
    overwrite(place, older);
    CHECK(place.append(401) == StoreStatus::failed);
    CHECK(place.append(401) == StoreStatus::failed);
    REQUIRE(place.warnings.size() == 1);
    CHECK_THAT(place.warnings[0], Contains(place.path + ": another program overwrote the file while open"));
  };
  overwritten([](OpenPlace& place, const std::string& older) { std::ofstream(place.path, std::ios::binary) << older; });
  overwritten([](OpenPlace& place, const std::string&) { fs::resize_file(place.path, 0); });
  overwritten([](OpenPlace& place, const std::string&) {
    std::fstream(place.path, std::ios::binary | std::ios::in | std::ios::out) << std::string(200, '\0');
  });
}

TEST_CASE("a link that names another database while this one is open is noticed") {
  test::TemporaryDirectory directory;
  const std::string link = directory.path() + "/link.db";
  fs::create_symlink(directory.path() + "/one.db", link);
  std::vector<std::string> warnings;
  SqliteOptions options;
  options.warn = [&](const std::string& text) { warnings.push_back(text); };
  SqliteLogStore store(link, options);
  const auto append = [&](std::uint64_t seq) {
    return ask_append(store, write_of(kLobby, ask_open(store, kLobby).state.epoch, seq, seq));
  };
  REQUIRE(append(1) == StoreStatus::ok);
  fs::remove(link);
  fs::create_symlink(directory.path() + "/two.db", link);
  CHECK(append(2) == StoreStatus::failed);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains(link + ": the file was moved or removed"));
}

}  // namespace

}  // namespace dialogue::testing
