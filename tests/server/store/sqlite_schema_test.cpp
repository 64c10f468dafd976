// Databases of other versions. Earlier ones are made from one of the newest by taking away what came since.
#include "server/store/sqlite_schema.hpp"

#include "server/store/receipt_bytes.hpp"
#include "server/store/sqlite_reader.hpp"
#include "server/store/sqlite_writer.hpp"
#include "tests/server/store/sqlite_kit.hpp"

namespace dialogue::testing {
namespace {

using Catch::Matchers::Contains;

/// Without news: producers are whole in their rows, as earlier versions wrote them.
SqliteOptions without_news(const FaultVfs& disk) { return {disk.name(), 1, {}, 0}; }

/// As versions before 4 wrote them, on a little-endian machine.
std::string fixed_bytes(const ProducerState& producer) {
  std::string bytes;
  const auto put = [&bytes](auto number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof number); };
  for (const ProducerReceipt& receipt : producer.receipts) {
    put(std::uint64_t{receipt.hash});
    put(receipt.seq);
    put(receipt.timestamp_ms);
    put(static_cast<std::uint16_t>(receipt.refused));
  }
  return bytes;
}

void write_fixed_receipts(SqliteDatabase& database) {
  SqliteReader reader(database);
  SqliteWriter writer(database);
  SqliteStatement change(database, "UPDATE producer SET receipts = ?, checksum = ? WHERE room = ? AND key = ?");
  StoreRow store = reader.store();
  for (const RoomKey& key : workload_rooms()) {
    RoomRow room = reader.room(key, 0);
    store.rooms_sum ^= room.checksum(key);
    const std::vector<ProducerState> producers = reader.producers(room);
    room.producers_sum = 0;
    for (const ProducerState& producer : producers) {
      const std::string bytes = fixed_bytes(producer);
      const std::uint64_t checksum = producer_checksum(room, producer, ReceiptForm::fixed, bytes);
      room.producers_sum ^= checksum;
      change.run(bytes, checksum, room.id, producer.key);
    }
    writer.put_room(key, room);
    store.rooms_sum ^= room.checksum(key);
  }
  writer.put_store(store);
}

void go_back_to_version(int version, const FaultVfs& disk) {
  SqliteDatabase database(kPath, SqliteMode::write, disk.name());
  if (version < 4) write_fixed_receipts(database);
  database.run("DROP TABLE clock");
  if (version < 7) database.run("DROP TABLE made_room");
  if (version < 6) database.run("DROP TABLE news");
  if (version < 4) database.run("ALTER TABLE producer DROP COLUMN form");
  if (version < 3) database.run("DROP TABLE revocation");
  if (version < 7) database.run("DROP TABLE secret");
  database.run("PRAGMA user_version = " + std::to_string(version));
}

std::string after_small_workload(const FaultVfs& disk) {
  SqliteLogStore store(kPath, without_news(disk));
  for (const Step& step : small_workload()) REQUIRE(step(store) == StoreStatus::ok);
  return text_of(store);
}

TEST_CASE("R-82 a database of a newer version is refused and left as it is") {
  FaultVfs disk("newer");
  { const SqliteLog log(kPath, without_news(disk)); }
  SqliteDatabase(kPath, SqliteMode::write, disk.name()).run("PRAGMA user_version = 99");
  const std::string before = disk.content(kPath);
  CHECK_THAT(refusal_of(kPath, without_news(disk)), Contains("version 99") && Contains("newer program"));
  CHECK(disk.content(kPath) == before);
}

TEST_CASE("R-82 an upgrade that is killed at any operation leaves one version or the next, and goes on") {
  static constexpr const char* kSteps[] = {"CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1), (2);",
                                           "ALTER TABLE one ADD COLUMN b INTEGER NOT NULL DEFAULT 7; CREATE INDEX i ON one (b);",
                                           "CREATE TABLE two (c); INSERT INTO two SELECT a FROM one; DROP TABLE one;"};
  const auto upgrade = [](const FaultVfs& disk) {
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    migrate(database, kSteps);
  };
  for (std::uint64_t at = 1;; ++at) {
    FaultVfs disk("upgrade");
    disk.plan({FaultVfs::Error::power, at});
    try {
      upgrade(disk);
    } catch (const SqliteError&) {}
    const bool has_struck = disk.has_struck();
    disk.restart(at);
    INFO("operation " << at);
    {
      SqliteDatabase database(kPath, SqliteMode::write, disk.name());
      const std::int64_t version = schema_version(database);
      CHECK(database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'one'") == (version == 1 || version == 2));
      CHECK(database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'i'") == (version == 2));
      CHECK(database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'two'") == (version == 3));
    }
    upgrade(disk);
    SqliteDatabase database(kPath, SqliteMode::write, disk.name());
    REQUIRE(schema_version(database) == 3);
    REQUIRE(database.number("SELECT sum(c) FROM two") == 3);
    if (!has_struck) break;
  }
}

TEST_CASE("R-82 a database without revocations gets a place for them, also when the upgrade is killed at any operation") {
  for (std::uint64_t at = 1;; ++at) {
    INFO("operation " << at);
    FaultVfs disk("version2");
    const std::string before = after_small_workload(disk);
    go_back_to_version(2, disk);
    disk.plan({FaultVfs::Error::power, at});
    const std::string refusal = refusal_of(kPath, without_news(disk));
    const bool has_struck = disk.has_struck();
    disk.restart(at);
    SqliteLogStore store(kPath, without_news(disk));
    CHECK(text_of(store) == before);
    CHECK(ask_revoke(store, {{"t-1", "", 0}, 500}, 100) == StoreStatus::ok);
    CHECK(revocations_of(store) == std::vector<std::string>{"t-1//0/500"});
    if (!has_struck) break;
  }
}

TEST_CASE("R-82 receipts of a database of version 3 are known, and are written in the newer form with the next number") {
  FaultVfs disk("version3");
  const std::string before = after_small_workload(disk);
  go_back_to_version(3, disk);
  SqliteLogStore store(kPath, without_news(disk));
  CHECK(text_of(store) == before);
  REQUIRE(append_step(1, 100)(store) == StoreStatus::ok);
  const std::string after = text_of(store);
  CHECK(after != before);
  SqliteDatabase database(kPath, SqliteMode::read_only, disk.name());
  CHECK(schema_version(database) == std::ssize(store_migrations()));
  CHECK(database.number("SELECT count(*) FROM producer WHERE form = 2") == std::ssize(workload_rooms()));
  CHECK(database.number("SELECT count(*) FROM producer WHERE form < 2 AND room IN (SELECT id FROM room)") == 0);
}

TEST_CASE("F-K18 R-82 a database of version 5 or 6 gets a place for rooms, also when the upgrade is killed at any operation") {
  const int version = GENERATE(5, 6);
  for (std::uint64_t at = 1;; ++at) {
    INFO("version " << version << ", operation " << at);
    FaultVfs disk("version5or6");
    const std::string before = after_small_workload(disk);
    go_back_to_version(version, disk);
    disk.plan({FaultVfs::Error::power, at});
    const std::string refusal = refusal_of(kPath, without_news(disk));
    const bool has_struck = disk.has_struck();
    disk.restart(at);
    SqliteLogStore store(kPath, without_news(disk));
    CHECK(text_of(store) == before);
    CHECK(rooms_of(store).list.empty());
    CHECK(ask_define(store, {{"", "party"}, "{}"}) == StoreStatus::ok);
    CHECK(rooms_of(store).list == std::vector<KeptRoom>{{{"", "party"}, "{}"}});
    if (!has_struck) break;
  }
}

}  // namespace
}  // namespace dialogue::testing
