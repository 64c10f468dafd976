// How a SqliteLog erases a user, in bounded steps of one transaction each, and single records. Records leave holes, whose
// checksums leave the room's sum; docs/decisions/312-erasure.md.
#include <sqlite3.h>

#include <algorithm>

#include "server/store/sqlite/sqlite_log.hpp"

namespace dialogue::store {
namespace {

constexpr int kReadersWaitMs = 50;  ///< that empty_wal() waits for readers to end

}  // namespace

UserErased SqliteLog::erase_user(const UserQuery& query) {
  UserErased erased;
  const core::StoreStatus outcome = transact([&] {
    erased = {};
    return erase_step(query, erased);
  });
  if (outcome != core::StoreStatus::ok) return {outcome};
  for (const ErasedRoom& room : erased.rooms) has_garbage_ = has_garbage_ || room.is_whole;
  if (!erased.next) erased.revocations_kept = revocations_of(list_kept({KeptKind::revocation}).entries, query.user_id);
  return erased;
}

SqliteLog::Outcome SqliteLog::erase_step(const UserQuery& query, UserErased& erased) {
  const std::uint64_t all = UserCursor{}.seq;
  UserCursor at = query.after;
  ErasureBudget left;
  for (const std::string& each : query.notified) kept_.purge(KeptKind::notice, each);
  const auto outcome = [&] { return erased.rooms.empty() && query.notified.empty() ? Outcome::roll_back : Outcome::commit; };
  if (at.seq != all) {
    const RoomRow room = reader_.room(at.room, 0);
    if (room.id != 0 && !erase_in_room(at, room, query, left, erased)) {
      erased.next = at;
      return outcome();
    }
  }
  const auto rooms = authors_.rooms_after(at.room, kRoomsPerUserStepMax);
  for (const auto& [key, room] : rooms) {
    at = {key, 0};
    if (!erase_in_room(at, room, query, left, erased)) {
      erased.next = at;
      return outcome();
    }
  }
  if (rooms.size() == kRoomsPerUserStepMax) {
    erased.next = UserCursor{rooms.back().first};
    return outcome();
  }
  kept_.purge(KeptKind::room, room_entry_key({{}, own_room_of(query.user_id)}));
  for (const std::string& whole : query.whole_rooms) kept_.purge(KeptKind::room, room_entry_key({{}, whole}));
  for (std::string& defined : rooms_defined_for(list_kept({KeptKind::room}).entries, query.user_id))
    if (reader_.room({{}, defined}, 0).id == 0) erased.named.push_back({std::move(defined)});
  return Outcome::commit;
}

bool SqliteLog::erase_in_room(UserCursor& at, RoomRow room, const UserQuery& query, ErasureBudget& left, UserErased& erased) {
  const std::string& user_id = query.user_id;
  if (is_erased_whole(at.room, query)) {
    erase_own_room(at.room, room, erased);
    return true;
  }
  ErasedRoom found{at.room, reader_.epoch(at.room, room)};
  const std::uint64_t checksum_before = room.checksum(at.room);
  const auto [of_clients, of_callers] = producer_prefixes(user_id);
  for (const std::string* prefix : {&of_clients, &of_callers}) {
    const std::size_t dropped = producers_.drop_of(room, *prefix, left.drops);
    found.producers += dropped;
    left.drops -= dropped;
  }
  bool is_done = left.drops > 0;
  if (is_done) {
    const SqliteAuthors::Found records = authors_.find(room, user_id, at.seq, left.looks, left.drops);
    drop_records(room, records.sequences, found, erased);
    left.looks -= records.looked_at;
    left.drops -= found.records;
    is_done = !records.stopped_at;
    at.seq = records.stopped_at.value_or(at.seq);
  }
  if (is_done && is_named_after(at.room.room, user_id)) erased.named.push_back({at.room.room, authors_.has_others(room)});
  if (found.records + found.producers == 0) return is_done;
  end_erasing(room, checksum_before, std::move(found), erased);
  return is_done;
}

void SqliteLog::drop_records(RoomRow& room, const std::vector<std::uint64_t>& sequences, ErasedRoom& found, UserErased& erased) {
  for (const std::uint64_t seq : sequences) {
    keep_sample(room, seq, erased);
    writer_.drop(room, seq, nullptr);
    add_sequence(found.sequences, seq);
  }
  found.records = sequences.size();
  room.is_grouped = room.is_grouped || found.records > 0;
}

void SqliteLog::end_erasing(const RoomRow& room, std::uint64_t checksum_before, ErasedRoom&& found, UserErased& erased) {
  save_room(found.room, room, checksum_before);
  if (!found.sequences.empty()) {
    const KeptChange notice = kept_change(found);
    found.notice = notice.key;
    static_cast<void>(kept_.put({{notice}}, store_.commits + 1));  // it expects no version
  }
  erased.rooms.push_back(std::move(found));
}

UserErased SqliteLog::erase_records(const RecordErasure& what) {
  UserErased erased;
  const core::StoreStatus outcome = transact([&] {
    erased = {};
    RoomRow room = reader_.room(what.room, 0);
    if (room.id == 0) return Outcome::roll_back;
    const auto sequences = sequences_kept(
        what, [&](std::uint64_t after, std::uint64_t count) { return authors_.find(room, {}, after, count, count).sequences; });
    if (sequences.empty()) return Outcome::roll_back;
    const std::uint64_t checksum_before = room.checksum(what.room);
    ErasedRoom found{what.room, reader_.epoch(what.room, room)};
    drop_records(room, sequences, found, erased);
    end_erasing(room, checksum_before, std::move(found), erased);
    return Outcome::commit;
  });
  if (outcome != core::StoreStatus::ok) return {outcome};
  return erased;
}

// Its rows are garbage, which goes in steps; the room itself has never been.
void SqliteLog::erase_own_room(const core::RoomKey& key, const RoomRow& room, UserErased& erased) {
  ErasedRoom whole{key, reader_.epoch(key, room)};
  whole.is_whole = true;
  whole.records = room.head + 1 - std::min(room.base, room.head + 1);
  for (std::uint64_t seq = room.base; seq <= room.head && erased.samples.size() < kSamplesPerStepMax; ++seq)
    keep_sample(room, seq, erased);
  writer_.add_garbage(room.id);
  writer_.drop_room(key);
  writer_.count_forgotten(key);
  store_.rooms_sum ^= room.checksum(key);
  erased.rooms.push_back(std::move(whole));
}

void SqliteLog::keep_sample(const RoomRow& room, std::uint64_t seq, UserErased& erased) {
  if (erased.samples.size() >= kSamplesPerStepMax) return;
  if (std::optional<core::LogRecord> record = authors_.record(room, seq)) erased.samples.push_back(std::move(record->payload));
}

bool SqliteLog::empty_wal() {
  if (has_failed_) return false;
  if (has_garbage_) {
    static_cast<void>(tidy());
    return false;
  }
  sqlite3* const handle = opened_.database->handle();
  opened_.database->lock_wait().set_max(kReadersWaitMs);
  int pages = -1;
  const int code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &pages, nullptr);
  opened_.database->lock_wait().set_max(kLockWaitMs);
  if (watch_) watch_->note();
  if (code == SQLITE_OK && pages <= 0) {
    wal_pages_ = 0;
    return true;
  }
  if (code != SQLITE_OK && code != SQLITE_BUSY)
    static_cast<void>(status_after(SqliteError(sqlite_error_code(handle), sqlite3_errmsg(handle))));
  return false;
}

core::StoreStatus SqliteLog::rewrite() {
  if (has_failed_) return core::StoreStatus::failed;
  try {
    opened_.database->run("VACUUM");
    return core::StoreStatus::ok;
  } catch (const SqliteError& fault) { return status_after(fault); }
}

}  // namespace dialogue::store
