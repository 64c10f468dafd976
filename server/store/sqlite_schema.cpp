// See sqlite_schema.hpp.
#include "server/store/sqlite_schema.hpp"

#include <string>

namespace dialogue {
namespace {

// A record's checksum stands before its texts, so that the sum of a log is read without their overflow pages. `room.id` is given
// once and never again: records of an erased room keep the old one until they are swept away.
constexpr const char* kVersion1 = R"(
CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  identity INTEGER NOT NULL, commits INTEGER NOT NULL, rooms_made INTEGER NOT NULL,
  rooms_sum INTEGER NOT NULL, newest_ms INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE room (
  tenant TEXT NOT NULL, name TEXT NOT NULL,
  id INTEGER NOT NULL, born INTEGER NOT NULL, base INTEGER NOT NULL, head INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL,
  swept INTEGER NOT NULL, grouped INTEGER NOT NULL, records_sum INTEGER NOT NULL, producers_sum INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)) WITHOUT ROWID;
CREATE TABLE record (
  room INTEGER NOT NULL, seq INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL, checksum INTEGER NOT NULL,
  event TEXT NOT NULL, sender TEXT NOT NULL, grp TEXT NOT NULL, payload TEXT NOT NULL,
  PRIMARY KEY (room, seq)) WITHOUT ROWID;
CREATE INDEX record_group ON record (room, grp, seq) WHERE grp <> '';
CREATE TABLE producer (
  room INTEGER NOT NULL, key TEXT NOT NULL, expected INTEGER NOT NULL, used_ms INTEGER NOT NULL, newest_seq INTEGER NOT NULL,
  checksum INTEGER NOT NULL, receipts BLOB NOT NULL,
  PRIMARY KEY (room, key)) WITHOUT ROWID;
CREATE TABLE garbage (room INTEGER PRIMARY KEY);
CREATE TABLE forgotten (bucket INTEGER PRIMARY KEY, times INTEGER NOT NULL);
)";

// 0: kept whatever its age. Rooms of version 1 learn theirs with the next write.
constexpr const char* kVersion2 = "ALTER TABLE room ADD COLUMN keep_ms INTEGER NOT NULL DEFAULT 0;";

constexpr const char* kVersion3 = R"(
CREATE TABLE revocation (
  token TEXT NOT NULL, user TEXT NOT NULL, issued_before_s INTEGER NOT NULL, forget_at_s INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (token, user, issued_before_s)) WITHOUT ROWID;
CREATE INDEX revocation_end ON revocation (forget_at_s);
)";

// How `receipts` is to be read: ReceiptForm. A row has the newer form with its producer's next number.
constexpr const char* kVersion4 = "ALTER TABLE producer ADD COLUMN form INTEGER NOT NULL DEFAULT 0;";

// Its rows are of a form that version 4 does not know.
constexpr const char* kVersion5 = "";

// What writes added to what is known of producers. `number` is how many bytes the room's news before it
// have, `used_ms` the least of its producers'.
constexpr const char* kVersion6 = R"(
CREATE TABLE news (
  room INTEGER NOT NULL, number INTEGER NOT NULL, used_ms INTEGER NOT NULL, checksum INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (room, number)) WITHOUT ROWID;
)";

// What guests' names are signed with, and rooms that were made at run time.
constexpr const char* kVersion7 = R"(
CREATE TABLE secret (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), checksum INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE made_room (
  tenant TEXT NOT NULL, name TEXT NOT NULL, checksum INTEGER NOT NULL, definition TEXT NOT NULL,
  PRIMARY KEY (tenant, name)) WITHOUT ROWID;
)";

// Since when nobody has set the wall clock.
constexpr const char* kVersion8 = R"(
CREATE TABLE clock (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), boot TEXT NOT NULL, since_boot_ms INTEGER NOT NULL,
  offset_ms INTEGER NOT NULL, checksum INTEGER NOT NULL);
)";

constexpr const char* kMigrations[] = {kVersion1, kVersion2, kVersion3, kVersion4, kVersion5, kVersion6, kVersion7, kVersion8};

}  // namespace

std::span<const char* const> store_migrations() { return kMigrations; }

std::int64_t schema_version(SqliteDatabase& database) { return database.number("PRAGMA user_version"); }

void migrate(SqliteDatabase& database, std::span<const char* const> migrations) {
  for (auto version = static_cast<std::size_t>(schema_version(database)); version < migrations.size(); ++version) {
    database.run("BEGIN IMMEDIATE");
    database.run(migrations[version]);
    database.run("PRAGMA application_id = " + std::to_string(kStoreApplicationId));
    database.run("PRAGMA user_version = " + std::to_string(version + 1));
    database.run("COMMIT");
  }
}

}  // namespace dialogue
