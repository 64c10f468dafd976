// See sqlite_reader.hpp.
#include "server/store/sqlite/tables/sqlite_reader.hpp"

#include <sqlite3.h>

#include <string>
#include <utility>

#include "server/store/checksum.hpp"
#include "server/store/log_rules.hpp"

namespace dialogue::store {
namespace {

/// The number of counters of forgotten logs: forgetting one room changes the epoch of one in this number of the unwritten logs.
constexpr std::uint64_t kForgottenBuckets = 65'536;

constexpr int kReadTriesMax = 3;

/// Returns the status of a read that failed: it may be tried again, since nothing is in doubt. Only the writer decides whether
/// the store has failed.
core::StoreStatus read_status(const SqliteError& fault) {
  const core::StoreStatus status = store_status(fault);
  return status == core::StoreStatus::failed ? core::StoreStatus::busy : status;
}

}  // namespace

core::StoreStatus store_status(const SqliteError& fault) {
  switch (fault.code()) {
    case SQLITE_IOERR_READ:  // may pass, and no word that anything is lost
      return core::StoreStatus::busy;
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
      return core::StoreStatus::damaged;
    default:
      break;
  }
  switch (fault.primary_code()) {
    case SQLITE_FULL:
      return core::StoreStatus::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return core::StoreStatus::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
      return core::StoreStatus::damaged;
    default:
      return core::StoreStatus::failed;
  }
}

void throw_damage(const std::string& what) { throw SqliteError(SQLITE_CORRUPT, what); }

std::uint64_t forgotten_bucket(const core::RoomKey& key) {
  return Checksum().add(key.tenant).add(key.room).value() % kForgottenBuckets;
}

RoomRow room_from(const SqliteRows& rows, const core::RoomKey& key) {
  int column = 0;
  RoomRow room;
  for (std::uint64_t* number : {&room.id, &room.born, &room.base, &room.head, &room.timestamp_ms, &room.swept})
    *number = rows.number(column++);
  room.is_grouped = rows.number(column++) != 0;
  for (std::uint64_t* number : {&room.records_sum, &room.producers_sum, &room.keep_ms}) *number = rows.number(column++);
  if (rows.number(column) != room.checksum(key)) throw_damage("the row of room " + key.room + " is damaged");
  return room;
}

std::optional<core::LogRecord> record_from(const SqliteRows& rows, const RoomRow& room) {
  int column = 0;
  core::LogRecord record;
  record.seq = rows.number(column++);
  record.timestamp_ms = rows.number(column++);
  const std::uint64_t checksum = rows.number(column++);
  for (std::string* text : {&record.event, &record.from, &record.group, &record.payload}) *text = rows.text(column++);
  record.deletes = rows.number(column++) != 0;
  if (checksum != record_checksum(room, record)) return std::nullopt;
  return record;
}

SqliteReader::SqliteReader(SqliteDatabase& database, const StoreFacts& facts, std::shared_ptr<CheckedLogs> checked)
    : database_(database),
      facts_(facts),
      checked_(std::move(checked)),
      begin_(database, "BEGIN"),
      end_(database, "ROLLBACK"),  // of nothing; COMMIT is refused once damage was met
      store_(database, "SELECT identity, commits, rooms_made, rooms_sum, newest_ms, checksum FROM store"),
      room_(database, "SELECT " + std::string(kRoomColumns) + " FROM room WHERE tenant = ? AND name = ?"),
      forgotten_(database, "SELECT times FROM forgotten WHERE bucket = ?"),
      producers_(database),
      pages_(database, *checked_),
      authors_(database) {}

StoreRow SqliteReader::store() {
  SqliteRows rows = store_.query();
  if (!rows.next()) throw_damage("the row of the store is missing");
  int column = 0;
  StoreRow store;
  for (std::uint64_t* number : {&store.identity, &store.commits, &store.rooms_made, &store.rooms_sum, &store.newest_ms})
    *number = rows.number(column++);
  if (rows.number(column) != store.checksum()) throw_damage("the row of the store is damaged");
  return store;
}

RoomRow SqliteReader::room(const core::RoomKey& key, std::uint64_t asked) {
  SqliteRows rows = room_.query(key.tenant, key.room);
  if (rows.next()) return room_from(rows, key);
  if (facts_.is_room_missing) throw_damage("a room is damaged, perhaps this one");
  RoomRow room;
  room.born = erase_generation_for(facts_.identity, forgotten_.number(forgotten_bucket(key)), key, asked);
  return room;
}

std::uint64_t SqliteReader::epoch(const core::RoomKey& key, const RoomRow& room) const {
  return epoch_of(facts_.identity, room.born, key);
}

core::RoomLogState SqliteReader::state(const core::RoomKey& key) {
  const RoomRow found = room(key, 0);
  return {epoch(key, found), found.base, found.head, found.timestamp_ms, producers_.all(found)};
}

template <typename Read>
auto SqliteReader::in_one_state(const Read& read) {
  for (int tries_left = kReadTriesMax - 1;; --tries_left) {
    const bool begins = !database_.is_in_transaction();
    try {
      if (begins) begin_.run();
      auto found = read();
      if (begins) end_.run();
      return found;
    } catch (const SqliteError& fault) {
      if (begins && database_.is_in_transaction()) end_.run();
      if (fault.code() != SQLITE_IOERR_READ || tries_left == 0) throw;
    }
  }
}

core::LogPage SqliteReader::read(const core::ReadRange& range) {
  try {
    return in_one_state([&] { return page(range); });
  } catch (const SqliteError& fault) { return {read_status(fault), 1, 0, 1, 0, {}}; }
}

core::RoomOpened SqliteReader::open(const core::RoomKey& key) {
  try {
    return {core::StoreStatus::ok, in_one_state([&] { return state(key); }), facts_.clock_known_ms};
  } catch (const SqliteError& fault) { return {read_status(fault), {}}; }
}

UserPage SqliteReader::find_user(const UserQuery& query) {
  try {
    return in_one_state([&] { return user_page(query); });
  } catch (const SqliteError& fault) { return {read_status(fault)}; }
}

RoomsPage SqliteReader::list_rooms(const core::RoomKey& after) {
  try {
    return in_one_state([&] {
      RoomsPage page;
      for (auto& [key, found] : authors_.rooms_after(after, kRoomsPerPageMax)) page.rooms.push_back({key, found.keep_ms});
      return page;
    });
  } catch (const SqliteError& fault) { return {read_status(fault)}; }
}

UserPage SqliteReader::user_page(const UserQuery& query) {
  UserPage page;
  std::uint64_t looks_left = kRecordsPerStepMax;
  std::size_t bytes = 0;
  // False: there may be more in the room, and `next` says where.
  const auto read_room = [&](const core::RoomKey& key, const RoomRow& found, std::uint64_t after) {
    const bool is_own = is_room_of(key, query.user_id);
    const SqliteAuthors::Found records = authors_.find(found, is_own ? std::string_view() : query.user_id, after, looks_left,
                                                       kUserRecordsPerStepMax - page.records.size());
    for (const std::uint64_t seq : records.sequences) {
      auto record = authors_.record(found, seq);
      if (!record) continue;  // damaged: `dialogue store check` reports it
      bytes += record->payload.size();
      page.records.push_back({key, epoch(key, found), std::move(*record)});
      if (bytes < kUserBytesPerStepMax) continue;
      page.next = UserCursor{key, seq};
      return false;
    }
    looks_left -= records.looked_at;
    if (records.stopped_at) page.next = UserCursor{key, *records.stopped_at};
    return !records.stopped_at;
  };
  if (query.after.seq != UserCursor{}.seq) {
    const RoomRow found = room(query.after.room, 0);
    if (found.id != 0 && !read_room(query.after.room, found, query.after.seq)) return page;
  }
  const auto rooms = authors_.rooms_after(query.after.room, kRoomsPerUserStepMax);
  for (const auto& [key, found] : rooms)
    if (!read_room(key, found, 0)) return page;
  if (rooms.size() == kRoomsPerUserStepMax) page.next = UserCursor{rooms.back().first};
  return page;
}

core::LogPage SqliteReader::page(const core::ReadRange& range) {
  const RoomRow found = room(range.key, range.epoch);
  if (range.epoch != epoch(range.key, found)) return {core::StoreStatus::stale, found.base, found.head, 1, 0, {}};
  return pages_.read(range, found);
}

}  // namespace dialogue::store
