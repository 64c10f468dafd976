// Members were sent what RoomLog::head says; what the store has announced beyond it is foreign. An append of this server is under
// way while RoomLog::share says so: then the announcement may be of that, and is looked at when the append is over.
#include "server/core/owner/log_follower.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::core {
namespace {

constexpr std::size_t kForeignRecordsMax = 256;  ///< in one page
constexpr std::size_t kForeignBytesMax = std::size_t{1} << 20;

}  // namespace

void LogFollower::opened(Room& room, std::uint64_t known) {
  RoomLog& log = room.log;
  if (!std::exchange(log.is_followed, true)) effects_.follow_log({room.number(), room.key(), log.epoch, log.head});
  if (known < log.head) post_to_members(effects_, room, [&] { return LogGrew{room.number(), log.head}; });
  if (log.moved_epoch != log.epoch) log.moved_head = 0;  // of a log that is over
  look(room);
}

void LogFollower::handle(const LogMoved& moved) {
  Room* room = rooms_.find(moved.room);
  if (room == nullptr) return;
  RoomLog& log = room->log;
  log.moved_head = moved.epoch == log.moved_epoch ? std::max(log.moved_head, moved.head) : moved.head;
  log.moved_epoch = moved.epoch;
  look(*room);
}

void LogFollower::look(Room& room) {
  RoomLog& log = room.log;
  if (log.phase == RoomLog::Phase::opening || log.is_reading_on || log.share != 0) return;
  if (log.phase == RoomLog::Phase::closed) return open_(room);
  if (log.moved_epoch != log.epoch && log.moved_head != 0) return open_(room);
  if (log.moved_epoch == log.epoch && log.moved_head > log.head) read_on(room);
}

void LogFollower::read_on(Room& room) {
  room.log.is_foreign = room.log.is_reading_on = true;
  ++room.work;
  ReadRange range;
  range.key = room.key();
  range.epoch = room.log.epoch;
  range.from_seq = room.log.head + 1;
  range.records_max = kForeignRecordsMax;
  range.bytes_max = kForeignBytesMax;
  range.purpose = ReadPurpose::catch_up;
  stores_.read(true, std::move(range), [this, number = room.number()](LogPage&& page) {
    Room* found = rooms_.find(number);
    if (found == nullptr) return;
    --found->work;
    found->log.is_reading_on = false;
    take(*found, std::move(page));
  });
}

void LogFollower::take(Room& room, LogPage&& page) {
  RoomLog& log = room.log;
  rooms_.note_use(room, effects_.now().monotonic_ms);
  if (log.phase != RoomLog::Phase::open) return;
  if (page.status == StoreStatus::busy) return retry_later(room);
  const bool is_empty = page.last < page.first;
  if (page.status == StoreStatus::ok && !is_empty && page.last <= log.head) return look(room);  // opened again meanwhile
  // Trimmed, damaged or of another epoch: it is opened again, and the members read for themselves what they can.
  if (page.status != StoreStatus::ok || is_empty || page.first > log.head + 1 || !page.damaged.empty()) return open_(room);
  for (EventRecord& record : reader_.records_of(std::move(page.records))) {
    if (record.seq <= log.head) continue;
    log.head = record.seq;
    log.timestamp_ms = std::max(log.timestamp_ms, record.timestamp_ms);
    sequencer_.deliver(room, std::move(record));
  }
  if (page.last > log.head) {  // what was replaced within its group, or is of no event here
    log.head = page.last;
    post_to_members(effects_, room, [&] { return LogGrew{room.number(), log.head}; });
  }
  log.base = std::max(log.base, page.base);
  look(room);
}

std::uint64_t LogFollower::tick(std::uint64_t now_ms) {
  while (const auto number = retries_.pop_due(now_ms))
    if (Room* room = rooms_.find(*number)) look(*room);
  return retries_.next_deadline();
}

void LogFollower::end(const Room& room) {
  if (room.log.is_followed) effects_.unfollow_log(room.number());
}

}  // namespace dialogue::core
