// What the files of a SQLite store have of a user who was erased: read byte by byte, not through SQLite.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "server/store/erasure/file_scanner.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/sqlite/sqlite_store.hpp"
#include "server/store/sqlite/sqlite_tools.hpp"
#include "tests/file_bytes.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// How often `text` stands in the files of a database.
std::uint64_t found_in_files(const std::string& path, const std::string& text) {
  std::uint64_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
    const std::string bytes = file_bytes(entry.path());
    for (std::size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) ++found;
  }
  return found;
}

std::string payload_of(const std::string& user, std::uint64_t seq, std::size_t bytes) {
  std::string text = R"({"text":"of )" + user + " number " + std::to_string(seq) + " ";
  while (text.size() < bytes) text += user + "-" + std::to_string(seq) + " \xC3\xA4 ";
  return text + "\"}";
}

LogRecord record_of(const std::string& user, std::uint64_t seq, std::size_t bytes) {
  LogRecord record = record_at(seq);
  record.from = user;
  record.payload = payload_of(user, seq, bytes);
  return record;
}

/// Rooms in turn, with payloads from a few bytes to several pages, so that pages are split and filled again.
void publish(Store& store, std::uint64_t rooms, std::uint64_t count) {
  for (std::uint64_t seq = 1; seq <= count; ++seq)
    for (std::uint64_t room = 0; room < rooms; ++room) {
      const RoomKey key{"", "room-" + std::to_string(room)};
      const std::string user = (seq + room) % 3 == 0 ? "quintessa" : "bob";
      RoomWrite write;
      write.key = key;
      write.epoch = ask_open(store, key).state.epoch;
      write.records = {record_of(user, seq, 1 + (seq * 977 + room * 331) % 9000)};
      write.producers = {all_of(producer_of(user + "\n" + std::to_string(room), 1, 100))};
      REQUIRE(ask_append(store, write) == StoreStatus::ok);
    }
}

}  // namespace

TEST_CASE("after an erasure no file of the database has the user's id or payloads, while the store is open and after") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  {
    SqliteStore store(path, {});
    publish(store, 7, 60);
    REQUIRE(found_in_files(path, "quintessa") > 0);
    UserErasure erasure("quintessa");
    REQUIRE(erasure.erase(store, {}) == StoreStatus::ok);
    CHECK(erasure.records() == 140);
    const ScrubReport report = erasure.scrub(store);
    CHECK(report.status == StoreStatus::ok);
    CHECK(report.is_clean());
    CHECK(report.is_log_empty);
    CHECK(report.pieces > 0);
    CHECK(found_in_files(path, "quintessa") == 0);
  }
  CHECK(found_in_files(path, "quintessa") == 0);
  CHECK(found_in_files(path, "of bob number 1 ") > 0);
  CHECK(check_sqlite(path).is_whole());
}

TEST_CASE("a scrub distinguishes others' text about a user from remains of the user") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  SqliteStore store(path, {});
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  RoomWrite write;
  write.key = kLobby;
  write.epoch = epoch;
  write.records = {record_of("quintessa", 1, 40), record_of("bob", 2, 40), record_of("bob", 3, 40)};
  write.records[1].payload = R"({"text":"where is quintessa?"})";
  write.records[2].payload = write.records[0].payload;
  REQUIRE(ask_append(store, write) == StoreStatus::ok);
  UserErasure erasure("quintessa");
  REQUIRE(erasure.erase(store, {}) == StoreStatus::ok);
  const ScrubReport report = erasure.scrub(store);
  CHECK(report.is_clean());
  CHECK(report.mentions >= 2);
  CHECK(report.pieces_of_others > 0);
}

TEST_CASE("a scrub finds an older copy beside the database, and is not clean") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  SqliteStore store(path, {});
  publish(store, 1, 6);
  static_cast<void>(backup_sqlite(path, path + "-replaced"));
  UserErasure erasure("quintessa");
  REQUIRE(erasure.erase(store, {}) == StoreStatus::ok);
  CHECK_FALSE(erasure.scrub(store).is_clean());
  std::filesystem::remove(path + "-replaced");
  CHECK(erasure.scrub(store).is_clean());
}

TEST_CASE("a scrub waits for readers of the database, and says when the log could not be emptied", "[timed]") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/dialogue.db";
  SqliteStore store(path, {});
  publish(store, 1, 6);
  UserErasure erasure("quintessa");
  auto reading = std::make_unique<SqliteDatabase>(path, SqliteMode::read_only, "");
  reading->run("BEGIN");
  static_cast<void>(reading->number("SELECT count(*) FROM record"));
  REQUIRE(erasure.erase(store, {}) == StoreStatus::ok);
  auto waiting = std::async(std::launch::async, [&] { return erasure.scrub(store); });
  CHECK(waiting.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout);
  CHECK(found_in_files(path, "quintessa") > 0);
  reading.reset();
  CHECK(waiting.get().is_clean());
  CHECK(found_in_files(path, "quintessa") == 0);
}

}  // namespace dialogue::testing
