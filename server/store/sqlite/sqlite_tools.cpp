// See sqlite_tools.hpp.
#include "server/store/sqlite/sqlite_tools.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "server/store/file_lock.hpp"
#include "server/store/linked_path.hpp"
#include "server/store/sqlite/sqlite_open.hpp"
#include "server/store/sqlite/tables/sqlite_kept.hpp"
#include "server/store/sqlite/tables/sqlite_schema.hpp"

namespace dialogue::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kKeptVersion = 9;  ///< of databases whose kept state is in one place

std::uint64_t number(SqliteDatabase& database, const char* sql) { return static_cast<std::uint64_t>(database.number(sql)); }

std::string records_text(const core::SeqRange& range) {
  if (range.first == range.last) return "record " + std::to_string(range.first) + " is damaged or missing";
  return "records " + std::to_string(range.first) + " to " + std::to_string(range.last) + " are damaged or missing";
}

/// Reads every row of a room, also behind damaged ones. Throws for faults other than a damaged row.
void look_over(SqliteReader& reader, const RoomRow& room, RoomReport& report) {
  constexpr std::size_t kRecordsPerPage = 1000, kBytesPerPage = 8 << 20;
  report.base = room.base;
  report.head = room.head;
  std::vector<core::SeqRange> damaged;
  core::ReadRange range{report.key, reader.epoch(report.key, room), room.base};
  range.records_max = kRecordsPerPage;
  range.bytes_max = kBytesPerPage;
  while (range.from_seq <= room.head) {
    const core::LogPage page = reader.read(range);
    if (page.status != core::StoreStatus::ok || page.last < range.from_seq) throw_damage("its records cannot be read");
    report.events += page.records.size();
    for (const core::LogRecord& record : page.records) report.bytes += record.payload.size();
    for (const core::SeqRange& bad : page.damaged) {
      if (!damaged.empty() && damaged.back().last + 1 == bad.first)
        damaged.back().last = bad.last;
      else
        damaged.push_back(bad);
    }
    range.from_seq = page.last + 1;
  }
  for (const core::SeqRange& bad : damaged) report.faults.push_back(records_text(bad));
  if (damaged.empty() && !reader.is_whole(room)) report.faults.emplace_back("a record is missing");
  try {
    report.producers = reader.producers(room).size();
  } catch (const SqliteError& fault) { report.faults.emplace_back(fault.what()); }
}

std::vector<RoomReport> look_over_rooms(SqliteDatabase& database) {
  SqliteReader reader(database);
  std::vector<RoomReport> reports;
  SqliteStatement all(database, "SELECT " + std::string(kRoomColumns) + ", tenant, name FROM room ORDER BY tenant, name");
  for (SqliteRows rows = all.query(); rows.next();) {
    RoomReport report;
    report.key = {std::string(rows.text(kRoomTenantColumn)), std::string(rows.text(kRoomNameColumn))};
    try {
      look_over(reader, room_from(rows, report.key), report);
    } catch (const SqliteError& fault) { report.faults.emplace_back(fault.what()); }
    reports.push_back(std::move(report));
  }
  return reports;
}

/// Returns the rows of PRAGMA integrity_check that are not "ok".
std::vector<std::string> integrity_faults(SqliteDatabase& database) {
  std::vector<std::string> faults;
  SqliteStatement check(database, "PRAGMA integrity_check");
  for (SqliteRows rows = check.query(); rows.next();)
    if (rows.text(0) != "ok") faults.emplace_back(rows.text(0));
  return faults;
}

void look_over_kept(SqliteDatabase& database, StoreReport& report) {
  SqliteKept kept(database);
  for (const KeptEntry& entry : kept.list({KeptKind::copying}, 0).entries)
    report.faults.push_back("the database is an incomplete copy of " + entry.value);
  for (const auto& [kind, damage] : kKeptKinds)
    for (const KeptEntry& entry : kept.list({kind}, 0).entries)
      if (entry.is_damaged)
        report.faults.push_back(kind == KeptKind::room ? "the definition of room " + room_of(entry).key.room + " is damaged"
                                                       : std::string(damage));
}

StoreReport look_over_store(SqliteDatabase& database) {
  StoreReport report;
  database.run("BEGIN");
  report.faults = integrity_faults(database);
  try {
    if (is_room_missing(database, SqliteReader(database).store()))
      report.faults.emplace_back("a room is missing, or its row is damaged");
  } catch (const SqliteError& fault) { report.faults.emplace_back(fault.what()); }
  if (schema_version(database) >= kKeptVersion) look_over_kept(database, report);
  const std::uint64_t orphans =
      number(database, "SELECT count(*) FROM record WHERE room NOT IN (SELECT id FROM room UNION ALL SELECT room FROM garbage)");
  if (orphans > 0) report.faults.push_back(std::to_string(orphans) + " records belong to no room");
  report.rooms = look_over_rooms(database);
  database.run("COMMIT");
  for (const RoomReport& room : report.rooms) {
    report.events += room.events;
    report.bytes += room.bytes;
  }
  return report;
}

/// The newest committed state of `from` as the new file `to`, without a WAL. One step, so that a busy server cannot make it begin
/// again and again.
void copy(SqliteDatabase& from, SqliteDatabase& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) throw SqliteError(sqlite_error_code(to.handle()), sqlite3_errmsg(to.handle()));
  sqlite3_backup_step(backup, -1);
  const int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) throw SqliteError(sqlite_error_code(to.handle()), sqlite3_errstr(code));
}

void remove_with_log(const std::string& path) {
  std::error_code ignored;
  for (const char* end : {"", "-wal", "-shm", "-journal"}) fs::remove(path + end, ignored);
}

/// Copies into `partial`, calls `finish` with it, closes it and checks it; gone again when anything fails.
template <typename Finish>
StoreCopy copy_checked(const std::string& from, const std::string& partial, Finish finish) {
  remove_with_log(partial);
  try {
    const std::unique_ptr<SqliteDatabase> source = open_sqlite_read_only(from, {});
    {
      SqliteDatabase target(partial, SqliteMode::write, "");
      copy(*source, target);
      // One file: no WAL beside it until a server opens it.
      target.run("PRAGMA journal_mode = DELETE");
      target.run("PRAGMA synchronous = FULL");
      finish(target);
    }
    SqliteDatabase copied(partial, SqliteMode::read_only, "");
    const StoreReport report = look_over_store(copied);
    if (!report.is_whole())
      throw StoreError(from, "the copy of it is damaged.", "Run `dialogue store check`, or use an older backup.");
    return {report.rooms.size(), report.events, fs::file_size(partial), {}};
  } catch (...) {
    remove_with_log(partial);
    throw;
  }
}

[[noreturn]] void fail(const std::string& path, const fs::filesystem_error& error) {
  throw StoreError(path, "the files cannot be moved (" + error.code().message() + ").",
                   "Check the directory's permissions and the free space.");
}

/// The first free name of PATH-replaced, PATH-replaced-2 ...; beside it no log of another database.
std::string free_name(const std::string& path) {
  std::string name = path + "-replaced";
  for (int count = 2; fs::exists(name) || fs::exists(name + "-wal"); ++count) name = path + "-replaced-" + std::to_string(count);
  return name;
}

/// Moves what the log has into its database: without a log, that file alone is whole. What is behind a damaged frame is lost.
void empty_log(const std::string& path) {
  try {
    SqliteDatabase(path, SqliteMode::write, "").run("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const SqliteError&) {}
}

/// Replaces a database by a complete copy, in an order in which a stop at any point leaves one complete database at the path, and
/// no log of another one beside it.
std::string put_in_place(const std::string& partial, const std::string& path) {
  std::string replaced;
  if (fs::exists(path)) {
    replaced = free_name(path);
    fs::create_hard_link(path, replaced);
    if (fs::exists(path + "-wal")) {
      fs::copy_file(path + "-wal", replaced + "-log");  // as it is, in case that it is damaged
      empty_log(path);
    }
  }
  if (fs::exists(path + "-wal")) fs::rename(path + "-wal", (replaced.empty() ? free_name(path) : replaced) + "-wal");
  fs::remove(path + "-shm");
  fs::rename(partial, path);
  return replaced;
}

}  // namespace

bool StoreReport::is_whole() const {
  return faults.empty() && std::all_of(rooms.begin(), rooms.end(), [](const RoomReport& room) { return room.faults.empty(); });
}

StoreReport check_sqlite(const std::string& path) {
  try {
    const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(path, {});
    return look_over_store(*database);
  } catch (const SqliteError& fault) { throw store_error(path, fault); }
}

StoreCopy backup_sqlite(const std::string& from, const std::string& to) {
  if (fs::exists(to)) throw StoreError(to, "this file already exists.", "Choose another name for the backup, or remove it.");
  try {
    const std::string partial = to + "-partial";
    const StoreCopy copied = copy_checked(from, partial, [](SqliteDatabase&) {});
    fs::rename(partial, to);
    return copied;
  } catch (const SqliteError& fault) { throw store_error(to, fault); } catch (const fs::filesystem_error& error) {
    fail(to, error);
  }
}

StoreCopy restore_sqlite(const std::string& from, const std::string& place) {
  check_store_directory(place);
  const std::string to = linked_path(place);  // a link keeps pointing to its database
  try {
    SqliteHeadFile head_file(to, {});
    std::optional<FileLock> lock;
    if (fs::exists(to)) lock.emplace(to);
    if (lock && lock->is_taken()) throw SqliteError(SQLITE_BUSY, "a server has it open");
    StoreRow store;
    const std::string partial = to + "-restoring";
    StoreCopy copied = copy_checked(from, partial, [&](SqliteDatabase& database) { store = renew_identity(database, {}); });
    copied.replaced = put_in_place(partial, to);
    if (!head_file.write({store.identity, store.commits}, true)) throw SqliteError(SQLITE_FULL, "PATH-head");
    return copied;
  } catch (const SqliteError& fault) { throw store_error(to, fault); } catch (const fs::filesystem_error& error) {
    fail(to, error);
  }
}

}  // namespace dialogue::store
