// See sqlite_schema.hpp.
#include "server/store/sqlite/tables/sqlite_schema.hpp"

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "server/store/checksum.hpp"

namespace dialogue::store {
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

// The time since which the wall clock was not set.
constexpr const char* kVersion8 = R"(
CREATE TABLE clock (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), boot TEXT NOT NULL, since_boot_ms INTEGER NOT NULL,
  offset_ms INTEGER NOT NULL, checksum INTEGER NOT NULL);
)";

// Revocations, the secret and the definitions of rooms have one place (SqliteKept). What was damaged stays damaged.
constexpr const char* kVersion9 = R"(
CREATE TABLE kept (
  kind INTEGER NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, expires_s INTEGER NOT NULL, removed INTEGER NOT NULL,
  checksum INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX kept_version ON kept (version);
CREATE INDEX kept_end ON kept (expires_s) WHERE expires_s > 0;
CREATE INDEX kept_removed ON kept (version) WHERE removed = 1;
WITH before (kind, key, expires_s, value, is_whole) AS (
  SELECT 1, '', 0, bytes, checksum = dialogue_checksum(bytes) FROM secret
  UNION ALL
  SELECT 2, issued_before_s || ':' || length(CAST(user AS BLOB)) || ':' || user || token, forget_at_s, x'',
    checksum = dialogue_checksum(token, user, issued_before_s, forget_at_s) FROM revocation
  UNION ALL
  SELECT 4, tenant || '/' || name, 0, CAST(definition AS BLOB), checksum = dialogue_checksum(tenant, name, definition)
    FROM made_room),
summed AS (SELECT *, dialogue_checksum(kind, key, 1, expires_s, 0, value) AS sum FROM before)
INSERT INTO kept (kind, key, version, expires_s, removed, checksum, value)
  SELECT kind, key, 1, expires_s, 0, CASE WHEN is_whole THEN sum ELSE ~sum END, value FROM summed;
DROP TABLE revocation;
DROP TABLE secret;
DROP TABLE made_room;
)";

// Whether a record says that its group's key is deleted.
constexpr const char* kVersion10 = "ALTER TABLE record ADD COLUMN deletes INTEGER NOT NULL DEFAULT 0;";

constexpr const char* kMigrations[] = {kVersion1, kVersion2, kVersion3, kVersion4, kVersion5,
                                       kVersion6, kVersion7, kVersion8, kVersion9, kVersion10};

/// dialogue_checksum(value, ...) in SQL: Checksum over integers as numbers and over all else as texts.
void checksum_in_sql(sqlite3_context* context, int count, sqlite3_value** values) {
  Checksum sum;
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
      sum.add(static_cast<std::uint64_t>(sqlite3_value_int64(values[i])));
      continue;
    }
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[i]));
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    sum.add(bytes == nullptr ? std::string_view() : std::string_view(bytes, size));
  }
  sqlite3_result_int64(context, static_cast<sqlite3_int64>(sum.value()));
}

}  // namespace

std::span<const char* const> store_migrations() { return kMigrations; }

std::int64_t schema_version(SqliteDatabase& database) { return database.number("PRAGMA user_version"); }

void migrate(SqliteDatabase& database, std::span<const char* const> migrations) {
  const int code =
      sqlite3_create_function(database.handle(), "dialogue_checksum", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                              nullptr, checksum_in_sql, nullptr, nullptr);
  if (code != SQLITE_OK) throw SqliteError(code, "dialogue_checksum");
  for (auto version = static_cast<std::size_t>(schema_version(database)); version < migrations.size(); ++version) {
    database.run("BEGIN IMMEDIATE");
    database.run(migrations[version]);
    database.run("PRAGMA application_id = " + std::to_string(kStoreApplicationId));
    database.run("PRAGMA user_version = " + std::to_string(version + 1));
    database.run("COMMIT");
  }
}

}  // namespace dialogue::store
