// See sqlite_open.hpp.
#include "server/store/sqlite/sqlite_open.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>

#include "server/core/util/seeded_random.hpp"
#include "server/store/file_place.hpp"
#include "server/store/linked_path.hpp"
#include "server/store/sqlite/files/sqlite_wal.hpp"
#include "server/store/sqlite/tables/sqlite_clock.hpp"
#include "server/store/sqlite/tables/sqlite_schema.hpp"
#include "server/store/sqlite/tables/sqlite_writer.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::store {
namespace {

std::uint64_t random_identity(std::optional<std::uint64_t> seed) {
  if (seed) return core::SeededRandom(*seed).safe_integer();
  std::random_device device;
  return core::SeededRandom((std::uint64_t{device()} << 32) | device()).safe_integer();
}

StoreError corrupt(const std::string& path, const std::string& what) {
  return {path, "the database is damaged: " + what + ".",
          "Run `dialogue store check`; restore a backup with `dialogue store restore`."};
}

/// Throws if a start would make SQLite remove what a lost database has left in its log.
void check_lone_log(const std::string& path) {
  const std::string log = lone_log(path);
  if (log.empty()) return;
  throw StoreError(path, "the database is gone, but its log " + log + " exists and may contain acknowledged events.",
                   "Put the database back; to start without it, move the log away.");
}

}  // namespace

void check_store_directory(const std::string& path) {
  const std::string directory = linked_directory(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored)) return;
  throw StoreError(path, "there is no directory " + directory + ".", "Create it, or choose another path.");
}

namespace {

/// All tables and indexes as SQL: equal for databases of one version.
std::string schema_text(SqliteDatabase& database) {
  return database.text(
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name)");
}

std::string expected_schema() {
  SqliteDatabase empty(":memory:", SqliteMode::write, "");
  migrate(empty, store_migrations());
  return schema_text(empty);
}

bool is_empty(SqliteDatabase& database) { return database.number("SELECT count(*) FROM sqlite_schema") == 0; }

void set_up(SqliteDatabase& database) {
  // The writer checkpoints by itself, after answering; no other connection does. 64 MiB: a WAL that grew is cut to that.
  // secure_delete from the first open: erased data must not remain in pages that were freed before.
  for (const char* sql :
       {"PRAGMA secure_delete = ON", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA journal_size_limit = 67108864", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -16384"})
    database.run(sql);
  if (is_mutated(Mutation::no_sync)) database.run("PRAGMA synchronous = OFF");
}

/// Verifies the tables on which every room or every start depends. Those that grow with the events are verified while the server
/// runs.
void check_small_tables(SqliteDatabase& database, const std::string& path) {
  for (const char* table : {"store", "room", "kept", "clock", "garbage", "forgotten"})
    if (const std::string found = database.text(std::string("PRAGMA quick_check(") + table + ")"); found != "ok")
      throw corrupt(path, found);
}

void check_tables(SqliteDatabase& database, const std::string& path) {
  check_small_tables(database, path);
  if (schema_text(database) != expected_schema()) throw corrupt(path, "its tables have an unknown form");
}

/// Throws unless this user may write the file, or there is none.
void check_may_write(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return;
  if (::access(path.c_str(), R_OK | W_OK) != 0) throw store_error(path, SqliteError(SQLITE_READONLY, ""));
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) throw store_error(path, SqliteError(SQLITE_CANTOPEN, ""));
}

/// Throws if SQLite could not name the files of this database: names have a maximum length.
void check_length(const std::string& path) {
  constexpr std::size_t kPathBytesMax = 512;
  const std::string longest = path + "-journal";
  const bool is_long = ::access(longest.c_str(), F_OK) != 0 && errno == ENAMETOOLONG;
  std::error_code ignored;
  if (is_long || std::filesystem::absolute(longest, ignored).string().size() >= kPathBytesMax)
    throw StoreError(path, "this name is too long for a database.", "Choose a shorter one.");
}

/// Checks an existing database as far as a read can: the remains of an older program are migrated by a start.
void check_content(const std::string& path) {
  SqliteDatabase database(path, SqliteMode::look, "");
  if (is_empty(database) && schema_version(database) == 0) return;
  check_form(database, path);
  if (schema_version(database) < std::ssize(store_migrations())) return;
  check_tables(database, path);
  if (database.number("SELECT count(*) FROM store") > 0) static_cast<void>(SqliteReader(database).store());
}

StoreRow load_store(SqliteOpened& opened, std::optional<std::uint64_t> seed) {
  SqliteDatabase& database = *opened.database;
  const std::optional<SqliteHeadFile::Head> head = opened.head_file->read();
  if (database.number("SELECT count(*) FROM store") == 0) {
    if (head)
      opened.warnings.emplace_back(
          "the database is new, although PATH-head shows an earlier one. If that was moved or removed, stop this server, put it "
          "back and restart");
    return renew_identity(database, seed);
  }
  const StoreRow store = SqliteReader(database).store();
  if (head && head->identity == store.identity && head->commits <= store.commits) return store;
  const char* why = !head                              ? "the database may not be the newest (PATH-head is missing)"
                    : head->identity != store.identity ? "a different database was used before"
                                                       : "the database is older than the acknowledged events";
  opened.warnings.push_back(std::string(why) + ": every room begins a new epoch, and clients with a position are notified");
  return renew_identity(database, seed);
}

SqliteOpened open_unchecked(const std::string& path, const std::string& vfs, std::optional<std::uint64_t> seed,
                            const BootClock& now) {
  SqliteOpened opened;
  opened.head_file = std::make_unique<SqliteHeadFile>(path, vfs);
  if (vfs.empty()) opened.file_lock = std::make_unique<FileLock>(path);
  if (opened.file_lock && opened.file_lock->is_taken()) throw SqliteError(SQLITE_BUSY, "it is in use by another path");
  opened.database = std::make_unique<SqliteDatabase>(path, SqliteMode::write, vfs);
  SqliteDatabase& database = *opened.database;
  if (sqlite3_db_readonly(database.handle(), "main") == 1) throw SqliteError(SQLITE_READONLY, "read-only");
  const bool is_new = is_empty(database) && schema_version(database) == 0;
  if (!is_new) check_form(database, path);
  set_up(database);
  rewrite_wal(database);
  migrate(database, store_migrations());
  check_tables(database, path);
  const StoreRow store = load_store(opened, seed);
  opened.facts = {store.identity, is_room_missing(database, store), update_known_clock(database, now, is_new)};
  if (opened.facts.is_room_missing)
    opened.warnings.emplace_back("a room's row is damaged: that room and unknown rooms are refused, others are served");
  if (!opened.head_file->write({store.identity, store.commits}, true)) throw SqliteError(SQLITE_FULL, "PATH-head");
  return opened;
}

}  // namespace

void check_sqlite_place(const std::string& path) {
  check_length(path);
  check_store_directory(path);
  std::error_code ignored;
  if (std::filesystem::is_symlink(linked_path(path), ignored)) throw store_error(path, SqliteError(SQLITE_CANTOPEN, ""));
  if (::access(linked_directory(path).c_str(), W_OK | X_OK) != 0) throw store_error(path, SqliteError(SQLITE_READONLY, ""));
  if (fault_of_making(linked_path(path) + "-look") != 0) throw store_error(path, SqliteError(SQLITE_CANTOPEN, ""));
  check_may_write(path + "-head");
  check_may_write(path);
  check_lone_log(path);
  // What a crash has left in a rollback journal or in a log without its index is put right by the next start, which may write.
  if (std::filesystem::exists(path + "-journal", ignored) || !is_look_whole(path)) return;
  if (std::filesystem::file_size(path, ignored) == 0 || ignored) return;
  try {
    check_content(path);
  } catch (const SqliteError& fault) { throw store_error(path, fault); }
}

StoreError store_error(const std::string& path, const SqliteError& fault) {
  const bool is_mending = fault.code() == SQLITE_READONLY_RECOVERY;  // another process has not yet put its index right
  switch (is_mending ? SQLITE_BUSY : fault.primary_code()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {path, "another process uses this database.", "Stop it, or choose another path."};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {path, "the database cannot be written.", "Give this user the right to write the file and its directory."};
    case SQLITE_CANTOPEN:
      return {path, "the database cannot be opened.", "Check the path and who may read and write the file and its directory."};
    case SQLITE_FULL:
      return {path, "the disk is full.", "Make space, then start again."};
    case SQLITE_NOTADB:
      return {path, "this file is not a database, or its beginning is damaged.",
              "Check the path, or restore a backup with `dialogue store restore`."};
    case SQLITE_IOERR:
      return {path, std::string("the disk reports an error (") + fault.what() + ").", "Check the disk, then start again."};
    default:
      return corrupt(path, fault.what());
  }
}

bool is_room_missing(SqliteDatabase& database, const StoreRow& store) {
  SqliteStatement all(database, "SELECT " + std::string(kRoomColumns) + ", tenant, name FROM room");
  std::uint64_t sum = 0;
  for (SqliteRows rows = all.query(); rows.next();) {
    const core::RoomKey key{std::string(rows.text(kRoomTenantColumn)), std::string(rows.text(kRoomNameColumn))};
    try {
      sum ^= room_from(rows, key).checksum(key);
    } catch (const SqliteError&) { return true; }
  }
  return sum != store.rooms_sum;
}

void check_form(SqliteDatabase& database, const std::string& path) {
  if (database.number("PRAGMA application_id") != kStoreApplicationId)
    throw StoreError(path, "this is a database of another program.", "Choose another path.");
  const std::int64_t version = schema_version(database), known = std::ssize(store_migrations());
  if (version > known)
    throw StoreError(path,
                     "the database has version " + std::to_string(version) + "; this program knows versions up to " +
                         std::to_string(known) + ".",
                     "Use the newer program that wrote it, or an older backup.");
  if (version < 1) throw corrupt(path, "its version is " + std::to_string(version));
}

StoreRow renew_identity(SqliteDatabase& database, std::optional<std::uint64_t> seed) {
  SqliteReader reader(database);
  StoreRow store;
  if (database.number("SELECT count(*) FROM store") > 0) store = reader.store();
  const std::uint64_t before = store.identity;
  store.identity = random_identity(seed);
  if (store.identity == before) store.identity = random_identity(before);
  ++store.commits;
  SqliteWriter(database).put_store(store);
  return store;
}

SqliteOpened open_sqlite(const std::string& path, const std::string& vfs, std::optional<std::uint64_t> seed,
                         const BootClock& now) {
  if (vfs.empty()) {
    check_store_directory(path);
    check_lone_log(path);
  }
  try {
    return open_unchecked(path, vfs, seed, now);
  } catch (const SqliteError& fault) { throw store_error(path, fault); }
}

std::unique_ptr<SqliteDatabase> open_sqlite_read_only(const std::string& path, const std::string& vfs) {
  try {
    auto database = std::make_unique<SqliteDatabase>(path, SqliteMode::read_only, vfs);
    database->run("PRAGMA wal_autocheckpoint = 0");
    check_form(*database, path);
    return database;
  } catch (const SqliteError& fault) { throw store_error(path, fault); }
}

std::unique_ptr<SqliteDatabase> open_sqlite_current(const std::string& path, const std::string& vfs) {
  auto database = open_sqlite_read_only(path, vfs);
  const std::int64_t version = schema_version(*database), known = std::ssize(store_migrations());
  if (version < known)
    throw StoreError(path,
                     "the database has version " + std::to_string(version) + "; to follow it, this program requires version " +
                         std::to_string(known) + ".",
                     "First start the server on it with this version.");
  return database;
}

}  // namespace dialogue::store
