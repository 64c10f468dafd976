// See sqlite_kept.hpp.
#include "server/store/sqlite/tables/sqlite_kept.hpp"

#include <utility>

#include "server/store/checksum.hpp"

namespace dialogue::store {
namespace {

constexpr auto kBaseKind = static_cast<KeptKind>(0);

enum Column : int { kKindColumn, kKeyColumn, kVersionColumn, kExpiresColumn, kRemovedColumn, kChecksumColumn, kValueColumn };
constexpr const char* kKeptColumns = "kind, key, version, expires_s, removed, checksum, value";

/// As migration 9 computes it in SQL.
std::uint64_t checksum_of(const KeptEntry& entry) {
  Checksum sum;
  sum.add(static_cast<std::uint64_t>(entry.kind)).add(entry.key).add(entry.version).add(entry.expires_s);
  return sum.add(std::uint64_t{entry.is_removed ? 1U : 0U}).add(entry.value).value();
}

KeptEntry entry_from(const SqliteRows& rows) {
  KeptEntry entry{static_cast<KeptKind>(rows.number(kKindColumn)), std::string(rows.text(kKeyColumn)),
                  std::string(rows.text(kValueColumn)), rows.number(kVersionColumn), rows.number(kExpiresColumn)};
  entry.is_removed = rows.number(kRemovedColumn) != 0;
  entry.is_damaged = checksum_of(entry) != rows.number(kChecksumColumn);
  if (entry.is_damaged) entry.value.clear();
  return entry;
}

}  // namespace

SqliteKept::SqliteKept(SqliteDatabase& database)
    : put_(database, "INSERT OR REPLACE INTO kept (" + std::string(kKeptColumns) + ") VALUES (?, ?, ?, ?, ?, ?, ?)"),
      find_(database, "SELECT " + std::string(kKeptColumns) + " FROM kept WHERE kind = ? AND key = ?"),
      changed_(database, "SELECT " + std::string(kKeptColumns) + " FROM kept WHERE kind = ? AND version > ? ORDER BY key"),
      newest_(database, "SELECT max(version) FROM kept"),
      forget_(database, "DELETE FROM kept WHERE expires_s > 0 AND expires_s <= ?"),
      oldest_dropped_(database, "SELECT version FROM kept WHERE removed = 1 ORDER BY version DESC LIMIT 1 OFFSET ?"),
      drop_tombstones_(database, "DELETE FROM kept WHERE removed = 1 AND version <= ?"),
      purge_(database, "DELETE FROM kept WHERE kind = ? AND key = ?") {}

std::uint64_t SqliteKept::version() { return newest_.number(); }

std::uint64_t SqliteKept::base() {
  const std::optional<KeptEntry> row = find(kBaseKind, {});
  if (!row) return 0;
  return row->is_damaged ? version() : row->version;
}

std::optional<KeptEntry> SqliteKept::find(KeptKind kind, const std::string& key) {
  SqliteRows rows = find_.query(static_cast<std::uint64_t>(kind), key);
  if (!rows.next()) return std::nullopt;
  return entry_from(rows);
}

void SqliteKept::write(const KeptEntry& entry) {
  put_.run(static_cast<std::uint64_t>(entry.kind), entry.key, entry.version, entry.expires_s,
           std::uint64_t{entry.is_removed ? 1U : 0U}, checksum_of(entry), SqliteBlob{entry.value});
}

bool SqliteKept::put(const KeptWrite& write, std::uint64_t version) {
  for (const KeptChange& change : write.changes) {
    if (!change.expected_version) continue;
    const std::optional<KeptEntry> there = find(change.kind, change.key);
    const bool is_there = there && (there->is_damaged || !there->is_removed);
    if (*change.expected_version != (is_there ? there->version : 0)) return false;
  }
  if (write.now_s > 0) forget_.run(write.now_s);
  for (const KeptChange& change : write.changes) {
    if (change.value)
      set(change, version);
    else
      remove(change.kind, change.key, version);
  }
  return true;
}

void SqliteKept::set(const KeptChange& change, std::uint64_t version) {
  KeptEntry entry{change.kind, change.key, *change.value, version, change.expires_s};
  const std::optional<KeptEntry> before = find(change.kind, change.key);
  if (before && !before->is_damaged && !before->is_removed) entry.expires_s = later_end(before->expires_s, entry.expires_s);
  write(entry);
}

void SqliteKept::remove(KeptKind kind, const std::string& key, std::uint64_t version) {
  const std::optional<KeptEntry> there = find(kind, key);
  if (!there || (there->is_removed && !there->is_damaged)) return;
  write({kind, key, {}, version, 0, true});
  drop_old_tombstones();
}

void SqliteKept::drop_old_tombstones() {
  const std::uint64_t oldest = oldest_dropped_.number(std::uint64_t{kTombstonesMax});
  if (oldest == 0) return;
  drop_tombstones_.run(oldest);
  write({kBaseKind, {}, {}, oldest, 0});
}

KeptList SqliteKept::list(const KeptQuery& query, std::uint64_t epoch) {
  KeptList list{core::StoreStatus::ok, epoch, version()};
  list.is_whole = query.epoch != epoch || query.after == 0 || query.after < base();
  const std::uint64_t after = list.is_whole ? 0 : query.after;
  for (SqliteRows rows = changed_.query(static_cast<std::uint64_t>(query.kind), after); rows.next();) {
    KeptEntry entry = entry_from(rows);
    if (!list.is_whole || !entry.is_removed || entry.is_damaged) list.entries.push_back(std::move(entry));
  }
  return list;
}

}  // namespace dialogue::store
