// See memory_store.hpp.
#include "server/store/memory_store.hpp"

#include <algorithm>
#include <utility>

#include "server/store/log_rules.hpp"

namespace dialogue {
namespace {

/// So many erased logs are remembered; then all are forgotten, and every log that was never written gets another epoch.
constexpr std::size_t kErasedLogsMax = 65'536;

}  // namespace

MemoryStore::MemoryStore(std::uint64_t seed, std::size_t bytes_max)
    : random_(seed), identity_(random_.next()), bytes_max_(bytes_max) {}

std::uint64_t MemoryStore::unwritten_epoch(const RoomKey& key, std::uint64_t asked) const {
  const auto erased = erased_.find(key);
  if (erased != erased_.end()) return erased->second;
  return epoch_of(identity_, born_for(identity_, forgotten_, key, asked), key);
}

void MemoryStore::open(RoomKey key, Done<RoomOpened> done) {
  const auto log = logs_.find(key);
  RoomOpened opened;
  if (log != logs_.end()) {
    set_used(log);
    opened.state = log->second.state();
  }
  if (log == logs_.end()) opened.state.epoch = unwritten_epoch(key, 0);
  done(std::move(opened));
}

void MemoryStore::append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) {
  std::vector<StoreStatus> statuses;
  statuses.reserve(writes.size());
  for (RoomWrite& each : writes) statuses.push_back(write(std::move(each)));
  look_after_next();
  done(std::move(statuses));
}

void MemoryStore::look_after_next() {
  if (logs_.empty() || looked_at_ms_ == clock_ms_) return;
  looked_at_ms_ = clock_ms_;
  if (next_ == logs_.end()) next_ = logs_.begin();
  MemoryLog& log = next_->second;
  bytes_ -= log.bytes();
  log.look_after(clock_ms_);
  bytes_ += log.bytes();
  ++next_;
}

StoreStatus MemoryStore::write(RoomWrite write) {
  auto log = logs_.find(write.key);
  const std::uint64_t epoch = log == logs_.end() ? unwritten_epoch(write.key, write.epoch) : log->second.epoch();
  const StoreStatus status = write_status(write, epoch, log == logs_.end() ? 0 : log->second.head());
  if (status != StoreStatus::ok) return status;
  const std::size_t cost = MemoryLog::cost(write);
  while (cost > 0 && bytes_ + cost > bytes_max_)
    if (!drop_unused(write.key)) return StoreStatus::full;
  if (log == logs_.end()) {
    erased_.erase(write.key);
    log = logs_.emplace(write.key, MemoryLog(write.epoch)).first;
  }
  bytes_ -= log->second.bytes();
  clock_ms_ = std::max(clock_ms_, write.clock_ms);
  log->second.append(std::move(write));
  bytes_ += log->second.bytes();
  return StoreStatus::ok;
}

void MemoryStore::read(ReadRange range, Done<LogPage> done) {
  const auto log = logs_.find(range.key);
  done(log == logs_.end() ? MemoryLog(unwritten_epoch(range.key, range.epoch)).read(range) : log->second.read(range));
}

void MemoryStore::trim(TrimLog trim, Done<LogTrimmed> done) {
  const auto log = logs_.find(trim.key);
  if (log == logs_.end()) return done(MemoryLog(unwritten_epoch(trim.key, trim.epoch)).trim(trim));
  bytes_ -= log->second.bytes();
  LogTrimmed trimmed = log->second.trim(trim);
  bytes_ += log->second.bytes();
  if (trim.is_unused && trimmed.status == StoreStatus::ok) set_unused(log);
  done(std::move(trimmed));
}

void MemoryStore::set_used(Logs::iterator log) { unused_.erase(std::exchange(log->second.unused_place, 0)); }

void MemoryStore::set_unused(Logs::iterator log) {
  set_used(log);
  log->second.unused_place = ++unused_count_;
  unused_.emplace(unused_count_, log->first);
}

bool MemoryStore::drop_unused(const RoomKey& except) {
  for (const auto& [place, key] : unused_) {
    const auto log = logs_.find(key);
    if (key.tenant == except.tenant && key.room == except.room) continue;
    drop(log);
    return true;
  }
  return false;
}

void MemoryStore::erase(RoomKey key, Done<StoreStatus> done) {
  if (const auto log = logs_.find(key); log != logs_.end())
    drop(log);
  else
    set_epoch(std::move(key));
  done(StoreStatus::ok);
}

void MemoryStore::drop(Logs::iterator log) {
  set_used(log);
  bytes_ -= log->second.bytes();
  if (next_ == log) ++next_;
  set_epoch(log->first);
  logs_.erase(log);
}

void MemoryStore::set_epoch(RoomKey key) {
  if (erased_.size() >= kErasedLogsMax) {
    erased_.clear();
    ++forgotten_;
  }
  definitions_.erase(key);
  erased_[std::move(key)] = random_.safe_integer();
}

void MemoryStore::revoke(KeptRevocation revocation, std::uint64_t now_s, Done<StoreStatus> done) {
  std::erase_if(revocations_, [&](const KeptRevocation& kept) {
    return kept.forget_at_s <= now_s || (kept.what == revocation.what && kept.forget_at_s <= revocation.forget_at_s);
  });
  revocations_.push_back(std::move(revocation));
  done(StoreStatus::ok);
}

void MemoryStore::define_room(KeptRoom room, Done<StoreStatus> done) {
  definitions_[std::move(room.key)] = std::move(room.definition);
  done(StoreStatus::ok);
}

void MemoryStore::rooms(Done<KeptRooms> done) {
  KeptRooms kept;
  for (const auto& [key, definition] : definitions_) kept.list.push_back({key, definition});
  done(std::move(kept));
}

void MemoryStore::revocations(Done<KeptRevocations> done) { done({StoreStatus::ok, revocations_}); }

}  // namespace dialogue
