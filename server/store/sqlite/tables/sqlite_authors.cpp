// See sqlite_authors.hpp.
#include "server/store/sqlite/tables/sqlite_authors.hpp"

#include <utility>

#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {

SqliteAuthors::SqliteAuthors(SqliteDatabase& database)
    : rooms_(database, "SELECT " + std::string(kRoomColumns) +
                           ", tenant, name FROM room WHERE (tenant, name) > (?, ?) ORDER BY tenant, name LIMIT ?"),
      authors_(database, "SELECT seq, sender FROM record WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?"),
      others_(database, "SELECT 1 FROM record WHERE room = ? AND seq >= ? AND NOT (sender = ? AND event = ?) LIMIT 1"),
      record_(database, "SELECT " + std::string(kRecordColumns) + " FROM record WHERE room = ? AND seq = ?") {}

std::vector<std::pair<core::RoomKey, RoomRow>> SqliteAuthors::rooms_after(const core::RoomKey& after, std::uint64_t rooms_max) {
  std::vector<std::pair<core::RoomKey, RoomRow>> found;
  for (SqliteRows rows = rooms_.query(after.tenant, after.room, rooms_max); rows.next();) {
    core::RoomKey key{std::string(rows.text(kRoomTenantColumn)), std::string(rows.text(kRoomNameColumn))};
    RoomRow room = room_from(rows, key);
    found.emplace_back(std::move(key), room);
  }
  return found;
}

SqliteAuthors::Found SqliteAuthors::find(const RoomRow& room, std::string_view user_id, std::uint64_t after,
                                         std::uint64_t looks_max, std::size_t found_max) {
  Found found;
  std::uint64_t last = after;
  for (SqliteRows rows = authors_.query(room.id, after, looks_max); rows.next();) {
    if (found.sequences.size() >= found_max) {
      found.stopped_at = last;
      return found;
    }
    ++found.looked_at;
    last = rows.number(0);
    if (user_id.empty() || rows.text(1) == user_id) found.sequences.push_back(last);
  }
  if (found.looked_at >= looks_max) found.stopped_at = last;
  return found;
}

bool SqliteAuthors::has_others(const RoomRow& room) {
  SqliteRows rows = others_.query(room.id, room.base, core::kSystemUserId, core::kErasedEvent);
  return rows.next();
}

std::optional<core::LogRecord> SqliteAuthors::record(const RoomRow& room, std::uint64_t seq) {
  SqliteRows rows = record_.query(room.id, seq);
  if (!rows.next()) return std::nullopt;
  return record_from(rows, room);
}

}  // namespace dialogue::store
