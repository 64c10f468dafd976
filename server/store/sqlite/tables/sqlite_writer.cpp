// See sqlite_writer.hpp.
#include "server/store/sqlite/tables/sqlite_writer.hpp"

#include <algorithm>

#include "server/store/log_rules.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {
namespace {

/// By its index: without statistics SQLite takes a room for a few rows, and would search all of it.
std::string group(const char* columns) {
  return "SELECT " + std::string(columns) + " FROM record INDEXED BY record_group WHERE room = ? AND grp = ? AND grp <> ''";
}

}  // namespace

SqliteWriter::SqliteWriter(SqliteDatabase& database)
    : add_record_(database,
                  "INSERT INTO record (room, seq, timestamp_ms, checksum, event, sender, grp, payload, deletes) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      drop_record_(database, "DELETE FROM record WHERE room = ? AND seq = ? RETURNING checksum, grp"),
      below_(database, "SELECT seq FROM record WHERE room = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?"),
      from_base_(database, "SELECT seq, timestamp_ms FROM record WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?"),
      group_count_(database, group("count(*)")),
      group_members_(database, group("seq, timestamp_ms") + " ORDER BY seq LIMIT ?"),
      put_room_(database, "INSERT OR REPLACE INTO room (tenant, name, " + std::string(kRoomColumns) +
                              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      drop_room_(database, "DELETE FROM room WHERE tenant = ? AND name = ?"),
      put_store_(database,
                 "INSERT OR REPLACE INTO store (only_row, identity, commits, rooms_made, rooms_sum, newest_ms, checksum) "
                 "VALUES (1, ?, ?, ?, ?, ?, ?)"),
      forgotten_(database,
                 "INSERT INTO forgotten (bucket, times) VALUES (?, 1) ON CONFLICT (bucket) DO UPDATE SET times = times + 1"),
      add_garbage_(database, "INSERT OR IGNORE INTO garbage (room) VALUES (?)"),
      garbage_(database, "SELECT room FROM garbage LIMIT 1"),
      drop_garbage_(database, "DELETE FROM garbage WHERE room = ?"),
      garbage_records_(
          database,
          "DELETE FROM record WHERE room = ?1 AND seq IN (SELECT seq FROM record WHERE room = ?1 ORDER BY seq LIMIT ?2)"),
      garbage_producers_(database,
                         "DELETE FROM producer WHERE room = ?1 AND key IN (SELECT key FROM producer WHERE room = ?1 LIMIT ?2)"),
      garbage_news_(database,
                    "DELETE FROM news WHERE room = ?1 AND number IN (SELECT number FROM news WHERE room = ?1 LIMIT ?2)"),
      changes_(database, "SELECT changes()") {}

void SqliteWriter::add_record(RoomRow& room, const core::LogRecord& given) {
  core::LogRecord record = given;
  if (record.group_keep == 0) record.group.clear();
  const std::uint64_t checksum = record_checksum(room, record);
  if (!record.group.empty()) ++count_of(room, record.group);
  add_record_.run(room.id, record.seq, record.timestamp_ms, checksum, record.event, record.from, record.group, record.payload,
                  std::uint64_t{record.deletes});
  room.records_sum ^= checksum;
  room.head = record.seq;
  room.timestamp_ms = std::max(room.timestamp_ms, record.timestamp_ms);
  if (record.group.empty()) return;
  room.is_grouped = true;
  const std::uint64_t count = count_of(room, record.group);
  if (count <= record.group_keep) return;
  const std::size_t replaced = std::min<std::size_t>(kTrimRecordsMax, count - record.group_keep);
  for (const std::uint64_t seq : oldest_in_group(room, record.group, replaced)) drop(room, seq, &record.group);
}

std::uint64_t& SqliteWriter::count_of(const RoomRow& room, const std::string& group) {
  return group_counts_.number(room.id, group, [&] { return group_count_.number(room.id, group); });
}

std::vector<std::uint64_t> SqliteWriter::oldest_in_group(const RoomRow& room, const std::string& group, std::size_t rows_max) {
  std::vector<std::uint64_t> found;
  for (SqliteRows rows = group_members_.query(room.id, group, rows_max); rows.next();) found.push_back(rows.number(0));
  return found;
}

void SqliteWriter::drop(RoomRow& room, std::uint64_t seq, const std::string* group) {
  SqliteRows rows = drop_record_.query(room.id, seq);
  if (!rows.next()) throw_damage("record " + std::to_string(seq) + " is missing");
  const std::string its_group(rows.text(1));
  if (group != nullptr && its_group != *group) throw_damage("record " + std::to_string(seq) + " is not of its group");
  room.records_sum ^= rows.number(0);
  while (rows.next()) continue;
  if (its_group.empty()) return;
  if (std::uint64_t* count = group_counts_.find(room.id, its_group); count != nullptr && *count > 0) --*count;
}

bool SqliteWriter::drop_below_base(RoomRow& room, std::size_t rows_max) {
  if (room.swept >= room.base) return false;
  std::vector<std::uint64_t> old;
  for (SqliteRows rows = below_.query(room.id, room.swept, room.base, rows_max + 1); rows.next();) old.push_back(rows.number(0));
  const bool has_more = old.size() > rows_max;
  room.swept = has_more ? old.back() : room.base;
  if (has_more) old.pop_back();
  for (const std::uint64_t seq : old) drop(room, seq, nullptr);
  return has_more;
}

bool SqliteWriter::move_base(RoomRow& room, std::uint64_t before_ms, std::size_t rows_max) {
  if (before_ms == 0 || room.base > room.head) return false;
  std::size_t older = 0;
  for (SqliteRows rows = from_base_.query(room.id, room.base, rows_max); rows.next(); ++older) {
    if (rows.number(1) >= before_ms) {
      room.base = rows.number(0);
      return false;
    }
    room.base = rows.number(0) + 1;
  }
  if (older < rows_max) room.base = room.head + 1;
  return older == rows_max;
}

bool SqliteWriter::drop_older_in_group(RoomRow& room, const std::string& group, std::uint64_t before_ms, std::size_t rows_max) {
  std::vector<std::uint64_t> old;
  for (SqliteRows rows = group_members_.query(room.id, group, rows_max + 1); rows.next() && rows.number(1) < before_ms;)
    old.push_back(rows.number(0));
  const bool has_more = old.size() > rows_max;
  if (has_more) old.pop_back();
  for (const std::uint64_t seq : old) drop(room, seq, &group);
  return has_more;
}

void SqliteWriter::put_room(const core::RoomKey& key, const RoomRow& room) {
  const std::uint64_t grouped = room.is_grouped ? 1 : 0;
  put_room_.run(key.tenant, key.room, room.id, room.born, room.base, room.head, room.timestamp_ms, room.swept, grouped,
                room.records_sum, room.producers_sum, room.keep_ms, room.checksum(key));
}

void SqliteWriter::drop_room(const core::RoomKey& key) { drop_room_.run(key.tenant, key.room); }

void SqliteWriter::put_store(const StoreRow& store) {
  put_store_.run(store.identity, store.commits, store.rooms_made, store.rooms_sum, store.newest_ms, store.checksum());
}

void SqliteWriter::count_forgotten(const core::RoomKey& key) { forgotten_.run(forgotten_bucket(key)); }

void SqliteWriter::add_garbage(std::uint64_t room_id) { add_garbage_.run(room_id); }

bool SqliteWriter::has_garbage() { return garbage_.query().next(); }

void SqliteWriter::drop_garbage(std::size_t rows_max) {
  std::uint64_t room = 0;
  if (SqliteRows rows = garbage_.query(); rows.next()) room = rows.number(0);
  for (SqliteStatement* statement : {&garbage_records_, &garbage_producers_, &garbage_news_}) {
    statement->run(room, rows_max);
    SqliteRows changes = changes_.query();
    if (changes.next() && changes.number(0) > 0) return;
  }
  drop_garbage_.run(room);
}

}  // namespace dialogue::store
