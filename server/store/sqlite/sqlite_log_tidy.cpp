// The idle work of a SqliteLog: checkpoints, the rows of erased rooms, rooms that have been empty for long.
#include <sqlite3.h>

#include <algorithm>

#include "server/store/log_rules.hpp"
#include "server/store/sqlite/sqlite_log.hpp"

namespace dialogue::store {
namespace {

constexpr int kCheckpointPages = 1000;  ///< of 4 KiB; SQLite's own default
constexpr int kWalPagesAlarm = 16'384;  ///< 64 MiB: something has been reading for too long

}  // namespace

void SqliteLog::checkpoint_when_due() {
  if (has_failed_ || wal_pages_ < kCheckpointPages) return;
  if (wal_pages_ >= kWalPagesAlarm)
    warn_once(told_wal_, "the write-ahead log is over 64 MiB: a program has been reading the database for a long time");
  const int code = sqlite3_wal_checkpoint_v2(opened_.database->handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK) {
    if (watch_) watch_->note();
    wal_pages_ = 0;  // until the next commit says how long the log is then
    return;
  }
  // On a full disk, the contents of the WAL stay there. A disk that fails is not tried again.
  static_cast<void>(
      status_after(SqliteError(sqlite_error_code(opened_.database->handle()), sqlite3_errmsg(opened_.database->handle()))));
}

bool SqliteLog::tidy() {
  checkpoint_when_due();
  if (has_failed_) return false;
  if (!has_garbage_) return sweep_rooms();
  const core::StoreStatus outcome = transact([&] {
    writer_.drop_garbage(kTrimRecordsMax);
    has_garbage_ = writer_.has_garbage();
    return Outcome::commit;
  });
  if (outcome != core::StoreStatus::ok) has_garbage_ = false;  // tried again after the next start or erase
  return outcome == core::StoreStatus::ok;
}

bool SqliteLog::sweep_rooms() {
  if (store_.newest_ms < next_round_ms_) return false;
  bool is_round_over = false;
  const core::StoreStatus outcome = transact([&] {
    std::vector<std::pair<core::RoomKey, RoomRow>> found;
    for (SqliteRows rows = next_rooms_.query(swept_to_.tenant, swept_to_.room, kRoomsPerSweepStep); rows.next();) {
      core::RoomKey key{std::string(rows.text(kRoomTenantColumn)), std::string(rows.text(kRoomNameColumn))};
      RoomRow room = room_from(rows, key);
      found.emplace_back(std::move(key), room);
    }
    is_round_over = found.size() < kRoomsPerSweepStep;
    bool has_changed = false;
    std::size_t rows_left = kTrimRecordsMax;
    for (const auto& [key, room] : found) {
      has_changed = look_after(key, room, rows_left) || has_changed;
      if (rows_left == 0) {
        is_round_over = false;  // this room again in the next step
        break;
      }
      swept_to_ = key;
    }
    return has_changed ? Outcome::commit : Outcome::roll_back;
  });
  if (outcome == core::StoreStatus::ok && !is_round_over) return true;
  swept_to_ = {};
  next_round_ms_ = store_.newest_ms + kSweepPauseMs;
  return false;
}

bool SqliteLog::look_after(const core::RoomKey& key, RoomRow room, std::size_t& rows_left) {
  const std::uint64_t checksum_before = room.checksum(key);
  const sqlite3_int64 changes_before = sqlite3_total_changes64(opened_.database->handle());
  if (room.timestamp_ms == 0) room.timestamp_ms = store_.newest_ms;  // erased before anything was written: its time begins here
  bool has_more = room.keep_ms > 0 && room.keep_ms < clock_ms_ && writer_.move_base(room, clock_ms_ - room.keep_ms, rows_left);
  has_more = writer_.drop_below_base(room, rows_left) || has_more;
  const bool is_expired = room.base > room.head && room.timestamp_ms + kEmptyRoomKeptMs < store_.newest_ms;
  if (room.producers_sum != 0 && clock_ms_ > kProducerAgeMs)
    has_more =
        producers_.drop_old(room, {clock_ms_ - kProducerAgeMs, clock_ms_ - core::kPageProducerAgeMs}, rows_left) || has_more;
  if (is_expired && !has_more) {
    has_more = producers_.drop_old(room, {store_.newest_ms - kEmptyRoomKeptMs, 0}, rows_left);
    if (!has_more && room.producers_sum == 0) {
      writer_.drop_room(key);
      writer_.count_forgotten(key);
      store_.rooms_sum ^= checksum_before;
      return true;
    }
  }
  const auto dropped = static_cast<std::size_t>(sqlite3_total_changes64(opened_.database->handle()) - changes_before);
  rows_left = has_more ? 0 : rows_left - std::min(rows_left, dropped);
  if (room.checksum(key) == checksum_before) return false;
  save_room(key, room, checksum_before);
  return true;
}

}  // namespace dialogue::store
