// See sqlite_reader.hpp.
#include "server/store/sqlite_reader.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "server/store/checksum.hpp"
#include "server/store/log_rules.hpp"

namespace dialogue {
namespace {

/// So many counters of forgotten logs: forgetting one room changes the epoch of one in so many that were never written.
constexpr std::uint64_t kForgottenBuckets = 65'536;

constexpr int kPrimaryCode = 0xFF;

std::string select_records(const char* order) {
  return "SELECT " + std::string(kRecordColumns) + " FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq " + order;
}

}  // namespace

StoreStatus store_status(const SqliteFault& fault) {
  switch (fault.code()) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
      return StoreStatus::damaged;
    default:
      break;
  }
  switch (fault.code() & kPrimaryCode) {
    case SQLITE_FULL:
      return StoreStatus::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return StoreStatus::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
      return StoreStatus::damaged;
    default:
      return StoreStatus::failed;
  }
}

void throw_damage(const std::string& what) { throw SqliteFault(SQLITE_CORRUPT, what); }

std::uint64_t forgotten_bucket(const RoomKey& key) {
  return Checksum().add(key.tenant).add(key.room).value() % kForgottenBuckets;
}

RoomRow room_from(const SqliteRows& rows, const RoomKey& key) {
  int column = 0;
  RoomRow room;
  for (std::uint64_t* number : {&room.id, &room.born, &room.base, &room.head, &room.timestamp_ms, &room.swept})
    *number = rows.number(column++);
  room.is_grouped = rows.number(column++) != 0;
  for (std::uint64_t* number : {&room.records_sum, &room.producers_sum, &room.keep_ms}) *number = rows.number(column++);
  if (rows.number(column) != room.checksum(key)) throw_damage("the row of room " + key.room + " is damaged");
  return room;
}

LogRecord record_from(const SqliteRows& rows, const RoomRow& room) {
  int column = 0;
  LogRecord record;
  record.seq = rows.number(column++);
  record.timestamp_ms = rows.number(column++);
  const std::uint64_t checksum = rows.number(column++);
  for (std::string* text : {&record.event, &record.from, &record.group, &record.payload}) *text = rows.text(column++);
  if (checksum != record_checksum(room, record)) throw_damage("record " + std::to_string(record.seq) + " is damaged");
  return record;
}

SqliteReader::SqliteReader(SqliteDatabase& database, const StoreFacts& facts)
    : facts_(facts),
      store_(database, "SELECT identity, commits, rooms_made, rooms_sum, newest_ms, checksum FROM store"),
      room_(database, "SELECT " + std::string(kRoomColumns) + " FROM room WHERE tenant = ? AND name = ?"),
      forgotten_(database, "SELECT times FROM forgotten WHERE bucket = ?"),
      producers_(database),
      forwards_(database, select_records("ASC")),
      backwards_(database, select_records("DESC")),
      sums_(database, "SELECT checksum FROM record WHERE room = ?") {}

StoreRow SqliteReader::store() {
  SqliteRows rows = store_.query();
  if (!rows.next()) throw_damage("the row of the store is gone");
  int column = 0;
  StoreRow store;
  for (std::uint64_t* number : {&store.identity, &store.commits, &store.rooms_made, &store.rooms_sum, &store.newest_ms})
    *number = rows.number(column++);
  if (rows.number(column) != store.checksum()) throw_damage("the row of the store is damaged");
  return store;
}

RoomRow SqliteReader::room(const RoomKey& key, std::uint64_t asked) {
  SqliteRows rows = room_.query(key.tenant, key.room);
  if (rows.next()) return room_from(rows, key);
  if (facts_.is_room_missing) throw_damage("a room is damaged, perhaps this one");
  RoomRow room;
  room.born = born_for(facts_.identity, forgotten_.number(forgotten_bucket(key)), key, asked);
  return room;
}

std::uint64_t SqliteReader::epoch(const RoomKey& key, const RoomRow& room) const {
  return epoch_of(facts_.identity, room.born, key);
}

RoomLogState SqliteReader::state(const RoomKey& key) {
  const RoomRow found = room(key, 0);
  if (found.is_grouped) check_sum(found);
  return {epoch(key, found), found.base, found.head, found.timestamp_ms, producers_.all(found)};
}

void SqliteReader::check_sum(const RoomRow& room) {
  std::uint64_t sum = 0;
  for (SqliteRows rows = sums_.query(room.id); rows.next();) sum ^= rows.number(0);
  if (sum != room.records_sum) throw_damage("a record is missing");
}

LogPage SqliteReader::read(const ReadRange& range) {
  try {
    return page(range);
  } catch (const SqliteFault& fault) { return {store_status(fault), 1, 0, 1, 0, {}}; }
}

LogPage SqliteReader::page(const ReadRange& range) {
  const RoomRow found = room(range.key, range.epoch);
  if (range.epoch != epoch(range.key, found)) return {StoreStatus::stale, found.base, found.head, 1, 0, {}};
  LogPage page{StoreStatus::ok, found.base, found.head, 1, 0, {}};
  range.backwards ? read_backwards(range, found, page) : read_forwards(range, found, page);
  const bool has_holes = page.last >= page.first && page.records.size() != page.last - page.first + 1;
  if (has_holes && !found.is_grouped) throw_damage("a record is missing");
  return page;
}

void SqliteReader::read_forwards(const ReadRange& range, const RoomRow& room, LogPage& page) {
  page.first = std::max(range.from_seq, room.base);
  page.last = room.head;
  std::size_t bytes = 0;
  for (SqliteRows rows = forwards_.query(room.id, page.first, page.last); rows.next();) {
    LogRecord record = record_from(rows, room);
    if (is_page_full(range, page.records.size(), bytes, record.payload.size())) {
      page.last = record.seq - 1;
      return;
    }
    bytes += record.payload.size();
    page.records.push_back(std::move(record));
  }
}

void SqliteReader::read_backwards(const ReadRange& range, const RoomRow& room, LogPage& page) {
  page.first = room.base;
  page.last = std::min(range.from_seq, room.head);
  std::size_t bytes = 0;
  for (SqliteRows rows = backwards_.query(room.id, page.first, page.last); rows.next();) {
    LogRecord record = record_from(rows, room);
    if (is_page_full(range, page.records.size(), bytes, record.payload.size())) {
      page.first = record.seq + 1;
      break;
    }
    bytes += record.payload.size();
    page.records.push_back(std::move(record));
  }
  std::reverse(page.records.begin(), page.records.end());
}

}  // namespace dialogue
