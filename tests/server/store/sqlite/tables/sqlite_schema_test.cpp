// Databases of other versions. Earlier ones are made from one of the newest by taking away what came since.
#include "server/store/sqlite/tables/sqlite_schema.hpp"

#include "server/store/checksum.hpp"
#include "server/store/encoding/receipt_bytes.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"
#include "server/store/sqlite/tables/sqlite_writer.hpp"
#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

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

constexpr const char* kRevocationTable =
    "CREATE TABLE revocation (token TEXT NOT NULL, user TEXT NOT NULL, issued_before_s INTEGER NOT NULL, forget_at_s INTEGER NOT "
    "NULL, checksum INTEGER NOT NULL, PRIMARY KEY (token, user, issued_before_s)) WITHOUT ROWID;"
    "CREATE INDEX revocation_end ON revocation (forget_at_s);";
constexpr const char* kVersion7Tables =
    "CREATE TABLE secret (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), checksum INTEGER NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE made_room (tenant TEXT NOT NULL, name TEXT NOT NULL, checksum INTEGER NOT NULL, definition TEXT NOT NULL, "
    "PRIMARY KEY (tenant, name)) WITHOUT ROWID;";

void go_back_to_version(int version, const FaultVfs& disk) {
  SqliteDatabase database(kPath, SqliteMode::write, disk.name());
  if (version < 4) write_fixed_receipts(database);
  database.run("DROP TABLE kept");
  database.run("ALTER TABLE record DROP COLUMN deletes");
  if (version < 8) database.run("DROP TABLE clock");
  if (version >= 7) database.run(kVersion7Tables);
  if (version < 6) database.run("DROP TABLE news");
  if (version < 4) database.run("ALTER TABLE producer DROP COLUMN form");
  if (version >= 3) database.run(kRevocationTable);
  database.run("PRAGMA user_version = " + std::to_string(version));
}

/// What versions 7 and 8 kept, in their tables.
void put_old_state(const FaultVfs& disk) {
  SqliteDatabase database(kPath, SqliteMode::write, disk.name());
  const std::string token = "t-1", user = "Jörg", key = "a secret";
  SqliteStatement revoke(database, "INSERT INTO revocation VALUES (?, ?, ?, ?, ?)");
  const auto revocation_sum = [](std::string_view id, std::string_view of, std::uint64_t issued_s, std::uint64_t end_s) {
    return Checksum().add(id).add(of).add(issued_s).add(end_s).value();
  };
  revoke.run(token, std::string(), std::uint64_t{0}, std::uint64_t{500}, revocation_sum(token, "", 0, 500));
  revoke.run(std::string(), user, std::uint64_t{90}, std::uint64_t{900}, revocation_sum("", user, 90, 900));
  SqliteStatement(database, "INSERT INTO secret VALUES (1, ?, ?)").run(Checksum().add(key).value(), SqliteBlob{key});
  SqliteStatement define(database, "INSERT INTO made_room VALUES (?, ?, ?, ?)");
  const std::string none, acme = "acme", den = "den", torn = "torn", text = "{}";
  define.run(acme, den, Checksum().add(acme).add(den).add(text).value(), text);
  define.run(none, torn, std::uint64_t{1}, text);
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

TEST_CASE("R-82 an upgrade that is killed at any operation leaves one version or the next, and continues") {
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
    CHECK(rooms_of(store).empty());
    CHECK(ask_define(store, {{"", "party"}, "{}"}) == StoreStatus::ok);
    CHECK(rooms_of(store) == std::vector<KeptRoom>{{{"", "party"}, "{}"}});
    if (!has_struck) break;
  }
}

TEST_CASE("R-82 what version 7 or 8 kept has one place, damage stays damage, also when the upgrade is killed at any operation") {
  const int version = GENERATE(7, 8);
  for (std::uint64_t at = 1;; ++at) {
    INFO("version " << version << ", operation " << at);
    FaultVfs disk("version7or8");
    const std::string before = after_small_workload(disk);
    go_back_to_version(version, disk);
    put_old_state(disk);
    disk.plan({FaultVfs::Error::power, at});
    const std::string refusal = refusal_of(kPath, on(disk));
    const bool has_struck = disk.has_struck();
    disk.restart(at);
    SqliteLogStore store(kPath, on(disk));
    CHECK(text_of(store) == before);
    CHECK(revocations_of(store) == std::vector<std::string>{"/Jörg/90/900", "t-1//0/500"});
    CHECK(rooms_of(store) == std::vector<KeptRoom>{{{"", "torn"}, ""}, {{"acme", "den"}, "{}"}});
    const KeptList secret = ask_list(store, {KeptKind::secret});
    REQUIRE(secret.entries.size() == 1);
    CHECK((secret.entries[0].value == "a secret" && !secret.entries[0].is_damaged));
    CHECK(ask_put(store, {{{KeptKind::secret, {}, "another", 0, secret.entries[0].version}}}) == StoreStatus::ok);
    CHECK(ask_list(store, {KeptKind::secret}).version > secret.version);
    if (!has_struck) break;
  }
}

}  // namespace
}  // namespace dialogue::testing
