// How a SqliteLog takes rooms from another store.
#include <limits>

#include "server/store/log_rules.hpp"
#include "server/store/sqlite/sqlite_log.hpp"

namespace dialogue::store {

core::StoreStatus SqliteLog::put_room(const RoomPart& part) {
  core::StoreStatus status = core::StoreStatus::ok;
  const core::StoreStatus outcome = transact([&] {
    RoomRow room = reader_.room(part.key, part.epoch);
    const std::uint64_t checksum_before = room.id == 0 ? 0 : room.checksum(part.key);
    if (room.id == 0) {
      room = {++store_.rooms_made, born_of(store_.identity, part.epoch, part.key), part.base, part.head, part.timestamp_ms};
      room.swept = part.base;
      room.keep_ms = part.keep_ms;
      room.is_grouped = true;  // it may have holes
    } else if (reader_.epoch(part.key, room) != part.epoch || room.head != part.head) {
      status = core::StoreStatus::stale;
      return Outcome::roll_back;
    }
    for (core::LogRecord record : part.records) {
      record.group_keep = record.group.empty() ? 0 : std::numeric_limits<std::uint64_t>::max();  // it replaces none
      writer_.add_record(room, record);
    }
    room.head = part.head;
    room.timestamp_ms = part.timestamp_ms;
    producers_.put_whole(room, part.producers);
    save_room(part.key, room, checksum_before);
    return Outcome::commit;
  });
  return outcome == core::StoreStatus::ok ? status : outcome;
}

}  // namespace dialogue::store
