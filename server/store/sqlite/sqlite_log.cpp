// See sqlite_log.hpp.
#include "server/store/sqlite/sqlite_log.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "server/core/util/seeded_random.hpp"
#include "server/store/log_rules.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::store {
namespace {

int remember_wal_pages(void* pages, sqlite3*, const char*, int count) {
  static_cast<std::atomic<int>*>(pages)->store(count);
  return SQLITE_OK;
}

/// For Mutation::producers_in_memory. If all were gone, the core would take nothing again that was sent before the start.
std::vector<core::ProducerDelta> every_other(std::vector<core::ProducerDelta> producers) {
  std::erase_if(producers, [](const core::ProducerDelta& delta) { return std::hash<std::string>{}(delta.key) % 2 == 0; });
  return producers;
}

}  // namespace

SqliteLog::SqliteLog(const std::string& path, SqliteOptions options)
    : options_(std::move(options)),
      opened_(open_sqlite(path, options_.vfs, options_.seed, options_.clock())),
      reader_(*opened_.database, opened_.facts),
      writer_(*opened_.database),
      producers_(*opened_.database, options_.news_bytes_max),
      kept_(*opened_.database),
      authors_(*opened_.database),
      begin_(*opened_.database, "BEGIN IMMEDIATE"),
      commit_(*opened_.database, "COMMIT"),
      roll_back_(*opened_.database, "ROLLBACK"),
      savepoint_(*opened_.database, "SAVEPOINT one_write"),
      roll_back_to_(*opened_.database, "ROLLBACK TO one_write"),
      release_(*opened_.database, "RELEASE one_write"),
      next_rooms_(*opened_.database, "SELECT " + std::string(kRoomColumns) +
                                         ", tenant, name FROM room WHERE (tenant, name) > (?, ?) ORDER BY tenant, name LIMIT ?"),
      store_(reader_.store()),
      has_garbage_(writer_.has_garbage()) {
  sqlite3_wal_hook(opened_.database->handle(), remember_wal_pages, &wal_pages_);
  for (const std::string& text : opened_.warnings) warn(text);
  const std::string opened = sqlite3_db_filename(opened_.database->handle(), "main");  // the end of a link
  places_ = {FilePlace(path), FilePlace(opened), FilePlace(opened + "-wal"), FilePlace(opened + "-shm")};
  if (options_.vfs.empty()) watch_.emplace(*opened_.database);
}

SqliteLog::~SqliteLog() { sqlite3_wal_hook(opened_.database->handle(), nullptr, nullptr); }

void SqliteLog::warn(const std::string& text) {
  if (options_.warn) options_.warn(text);
}

void SqliteLog::warn_once(bool& was_told, const std::string& text) {
  if (!std::exchange(was_told, true)) warn(text);
}

core::StoreStatus SqliteLog::transact(const std::function<Outcome()>& work) {
  if (has_failed_ || !is_in_place()) return core::StoreStatus::failed;
  const StoreRow before = store_;
  try {
    begin_.run();
    if (work() == Outcome::roll_back) {
      roll_back_.run();
      return core::StoreStatus::ok;
    }
    ++store_.commits;
    writer_.put_store(store_);
    commit_.run();
  } catch (const SqliteError& fault) {
    roll_back(before);
    return status_after(fault);
  }
  if (!opened_.head_file->write({store_.identity, store_.commits}, false))
    warn_once(told_head_, "PATH-head cannot be written: a database replaced by an older one would not be detected");
  return core::StoreStatus::ok;
}

void SqliteLog::forget_rows() {
  writer_.forget();
  producers_.forget();
}

void SqliteLog::roll_back(const StoreRow& before) {
  store_ = before;
  forget_rows();
  try {
    if (opened_.database->is_in_transaction()) roll_back_.run();
  } catch (const SqliteError& fault) { static_cast<void>(status_after(fault)); }
}

core::StoreStatus SqliteLog::status_after(const SqliteError& fault) {
  const core::StoreStatus status = store_status(fault);
  if (status == core::StoreStatus::failed && !has_failed_)
    give_up(std::string("the outcome of the last write is unknown: ") + fault.what());
  return status;
}

void SqliteLog::give_up(const std::string& why) {
  has_failed_ = true;
  // Closing would sync the log once more and checkpoint by it; the next start finds out from the log as it is.
  sqlite3_db_config(opened_.database->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  warn("the store has failed permanently because " + why);
}

bool SqliteLog::is_in_place() {
  for (const FilePlace& each : places_) {
    const std::string fault = each.fault();
    if (fault.empty()) continue;
    try {
      opened_.database->run("PRAGMA wal_checkpoint(FULL)");  // a database that was moved has all that was acknowledged
    } catch (const SqliteError&) {}                          // then its log has the rest
    give_up(fault + " Until then it accepts and acknowledges nothing.");
    return false;
  }
  const std::string fault = watch_ ? watch_->fault() : std::string();
  if (!fault.empty()) give_up(fault + " It no longer accepts or acknowledges anything.");
  return fault.empty();
}

core::RoomOpened SqliteLog::open(const core::RoomKey& key) {
  if (has_failed_) return {core::StoreStatus::failed, {}};
  return reader_.open(key);
}

core::LogPage SqliteLog::read(const core::ReadRange& range) {
  if (has_failed_) return {core::StoreStatus::failed, 1, 0, 1, 0, {}};
  return reader_.read(range);
}

std::vector<core::StoreStatus> SqliteLog::append(const std::vector<core::RoomWrite>& writes) {
  if (!is_mutated(Mutation::producers_apart)) return append_whole(writes);
  std::vector<core::RoomWrite> events = writes, numbers = writes;
  for (core::RoomWrite& each : events) each.producers.clear();
  for (core::RoomWrite& each : numbers) each.records.clear();
  std::vector<core::StoreStatus> statuses = append_whole(events);
  static_cast<void>(append_whole(numbers));
  return statuses;
}

std::vector<core::StoreStatus> SqliteLog::append_whole(const std::vector<core::RoomWrite>& writes) {
  std::vector<core::StoreStatus> statuses;
  // Each alone, so that one room's damage spares the others, costs a copy of every page: not before there is any.
  core::StoreStatus outcome = transact([&] { return write_all(writes, &SqliteLog::write, statuses); });
  if (outcome == core::StoreStatus::damaged) {
    statuses.clear();
    outcome = transact([&] { return write_all(writes, &SqliteLog::write_alone, statuses); });
  }
  if (outcome == core::StoreStatus::ok) return statuses;
  // Damage in what all rooms share: nothing can be written any more.
  if (outcome == core::StoreStatus::damaged) has_failed_ = true;
  return std::vector<core::StoreStatus>(writes.size(), has_failed_ ? core::StoreStatus::failed : outcome);
}

SqliteLog::Outcome SqliteLog::write_all(const std::vector<core::RoomWrite>& writes, WriteOne write_one,
                                        std::vector<core::StoreStatus>& statuses) {
  std::size_t drops_left = kTrimRecordsMax;
  for (const core::RoomWrite& each : writes) statuses.push_back((this->*write_one)(each, drops_left));
  const bool is_any_ok = std::find(statuses.begin(), statuses.end(), core::StoreStatus::ok) != statuses.end();
  return is_any_ok ? Outcome::commit : Outcome::roll_back;
}

core::StoreStatus SqliteLog::write_alone(const core::RoomWrite& each, std::size_t& drops_left) {
  const StoreRow before = store_;
  savepoint_.run();
  core::StoreStatus status = core::StoreStatus::ok;
  try {
    status = write(each, drops_left);
  } catch (const SqliteError& fault) {
    status = store_status(fault);
    if (status != core::StoreStatus::damaged || !opened_.database->is_in_transaction()) throw;
    roll_back_to_.run();
    store_ = before;
    forget_rows();
  }
  release_.run();
  return status;
}

core::StoreStatus SqliteLog::write(const core::RoomWrite& write, std::size_t& drops_left) {
  RoomRow room = reader_.room(write.key, write.epoch);
  const core::StoreStatus status = write_status(write, reader_.epoch(write.key, room), room.head);
  if (status != core::StoreStatus::ok) return status;
  const std::uint64_t checksum_before = room.id == 0 ? 0 : room.checksum(write.key);
  if (room.id == 0) room.id = ++store_.rooms_made;
  for (const core::LogRecord& record : write.records) writer_.add_record(room, record);
  if (is_mutated(Mutation::producers_in_memory))
    producers_.add(room, every_other(write.producers));
  else
    producers_.add(room, write.producers);
  room.base = base_after(room.base, write.base, room.head);
  room.keep_ms = write.keep_ms;
  clock_ms_ = std::max(clock_ms_, write.clock_ms);
  if (writer_.drop_below_base(room, write.records.size() + drops_left)) drops_left = 0;
  save_room(write.key, room, checksum_before);
  store_.newest_ms = std::max(store_.newest_ms, room.timestamp_ms);
  return core::StoreStatus::ok;
}

void SqliteLog::save_room(const core::RoomKey& key, const RoomRow& room, std::uint64_t checksum_before) {
  writer_.put_room(key, room);
  store_.rooms_sum ^= checksum_before ^ room.checksum(key);
}

std::vector<core::LogTrimmed> SqliteLog::trim_all(const std::vector<core::TrimLog>& trims) {
  std::vector<core::LogTrimmed> answers(trims.size());
  const auto trim_some = [&](std::size_t from, std::size_t& end, std::size_t rows_max) {
    return transact([&] {
      const sqlite3_int64 before = sqlite3_total_changes64(opened_.database->handle());
      Outcome outcome = Outcome::roll_back;
      for (; end < trims.size(); ++end) {
        const sqlite3_int64 changed = sqlite3_total_changes64(opened_.database->handle()) - before;
        if (end > from && static_cast<std::size_t>(changed) >= rows_max) break;
        answers[end] = {};
        if (trim_room(trims[end], answers[end]) == Outcome::commit) outcome = Outcome::commit;
      }
      return outcome;
    });
  };
  std::size_t alone_before = 0;  // up to here each has its own transaction, since one of them met damage
  for (std::size_t from = 0; from < trims.size();) {
    std::size_t end = from;
    const core::StoreStatus outcome = trim_some(from, end, from < alone_before ? 0 : kTrimRowsPerCommit);
    if (outcome == core::StoreStatus::ok) {
      from = end;
    } else if (outcome == core::StoreStatus::damaged && end > from && from >= alone_before) {
      alone_before = end + 1;
    } else {
      const std::size_t refused = from < alone_before ? from + 1 : std::min(end + 1, trims.size());
      for (; from < refused; ++from) answers[from] = {outcome, 1, false};
    }
  }
  return answers;
}

SqliteLog::Outcome SqliteLog::trim_room(const core::TrimLog& trim, core::LogTrimmed& trimmed) {
  RoomRow room = reader_.room(trim.key, trim.epoch);
  trimmed.base = room.base;
  if (trim.epoch != reader_.epoch(trim.key, room)) trimmed.status = core::StoreStatus::stale;
  if (trimmed.status != core::StoreStatus::ok || room.id == 0) return Outcome::roll_back;
  const std::uint64_t checksum_before = room.checksum(trim.key);
  trimmed.more = writer_.move_base(room, trim.before_ms, kTrimRecordsMax);
  trimmed.more = writer_.drop_below_base(room, kTrimRecordsMax) || trimmed.more;
  for (const core::TrimLog::Window& window : trim.windows)
    trimmed.more = writer_.drop_older_in_group(room, window.group, window.before_ms, kTrimRecordsMax) || trimmed.more;
  trimmed.more =
      producers_.drop_old(room, {trim.producers_before_ms, trim.page_producers_before_ms}, kTrimRecordsMax) || trimmed.more;
  trimmed.base = room.base;
  if (room.checksum(trim.key) == checksum_before) return Outcome::roll_back;
  save_room(trim.key, room, checksum_before);
  return Outcome::commit;
}

core::StoreStatus SqliteLog::erase(const core::RoomKey& key) {
  const core::StoreStatus outcome = transact([&] {
    const RoomRow room = reader_.room(key, 0);
    if (room.id != 0) writer_.add_garbage(room.id);
    RoomRow fresh;
    fresh.id = ++store_.rooms_made;
    // Above every count of forgotten logs; the commit's number makes it new in this store.
    fresh.born = core::SeededRandom(store_.identity ^ store_.commits).safe_integer() | (std::uint64_t{1} << 52);
    fresh.timestamp_ms = room.timestamp_ms;
    save_room(key, fresh, room.id == 0 ? 0 : room.checksum(key));
    kept_.remove(KeptKind::room, room_entry_key(key), store_.commits + 1);
    return Outcome::commit;
  });
  has_garbage_ = has_garbage_ || outcome == core::StoreStatus::ok;
  return outcome;
}

core::StoreStatus SqliteLog::put_kept(const KeptWrite& write) {
  bool is_expected = true;
  const core::StoreStatus outcome = transact([&] {
    is_expected = kept_.put(write, store_.commits + 1);
    return is_expected ? Outcome::commit : Outcome::roll_back;
  });
  return is_expected || outcome != core::StoreStatus::ok ? outcome : core::StoreStatus::stale;
}

KeptList SqliteLog::list_kept(const KeptQuery& query) {
  if (has_failed_) return {core::StoreStatus::failed};
  try {
    return kept_.list(query, kept_epoch_of(store_.identity));
  } catch (const SqliteError& fault) { return {store_status(fault)}; }
}

}  // namespace dialogue::store
