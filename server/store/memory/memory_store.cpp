// See memory_store.hpp.
#include "server/store/memory/memory_store.hpp"

#include <algorithm>
#include <utility>

#include "server/store/log_rules.hpp"

namespace dialogue::store {
namespace {

/// The maximum of remembered erased logs; then all are forgotten, and every log that was never written gets another epoch.
constexpr std::size_t kErasedLogsMax = 65'536;

}  // namespace

MemoryStore::MemoryStore(std::uint64_t seed, std::size_t bytes_max)
    : random_(seed), identity_(random_.next()), bytes_max_(bytes_max), kept_(kept_epoch_of(identity_)) {}

std::uint64_t MemoryStore::unwritten_epoch(const core::RoomKey& key, std::uint64_t asked) const {
  const auto erased = erased_.find(key);
  if (erased != erased_.end()) return erased->second;
  return epoch_of(identity_, erase_generation_for(identity_, forgotten_, key, asked), key);
}

void MemoryStore::open(core::RoomKey key, Done<core::RoomOpened> done) {
  const auto log = logs_.find(key);
  core::RoomOpened opened;
  if (log != logs_.end()) {
    set_used(log);
    opened.state = log->second.state();
  }
  if (log == logs_.end()) opened.state.epoch = unwritten_epoch(key, 0);
  done(std::move(opened));
}

void MemoryStore::append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) {
  std::vector<core::StoreStatus> statuses;
  statuses.reserve(writes.size());
  for (core::RoomWrite& each : writes) statuses.push_back(write(std::move(each)));
  look_after_next();
  done(std::move(statuses));
  wake_followers();
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

core::StoreStatus MemoryStore::write(core::RoomWrite write) {
  auto log = logs_.find(write.key);
  const std::uint64_t epoch = log == logs_.end() ? unwritten_epoch(write.key, write.epoch) : log->second.epoch();
  const core::StoreStatus status = write_status(write, epoch, log == logs_.end() ? 0 : log->second.head());
  if (status != core::StoreStatus::ok) return status;
  const std::size_t cost = MemoryLog::cost(write);
  while (cost > 0 && bytes_ + cost > bytes_max_)
    if (!drop_unused(write.key)) return core::StoreStatus::full;
  if (log == logs_.end()) {
    erased_.erase(write.key);
    log = logs_.emplace(write.key, MemoryLog(write.epoch)).first;
  }
  bytes_ -= log->second.bytes();
  clock_ms_ = std::max(clock_ms_, write.clock_ms);
  log->second.append(std::move(write));
  bytes_ += log->second.bytes();
  if (follows_) follows_->set(log->first, {core::StoreStatus::ok, log->second.epoch(), log->second.head()});
  return core::StoreStatus::ok;
}

void MemoryStore::read(core::ReadRange range, Done<core::LogPage> done) {
  const auto log = logs_.find(range.key);
  done(log == logs_.end() ? MemoryLog(unwritten_epoch(range.key, range.epoch)).read(range) : log->second.read(range));
}

void MemoryStore::trim(core::TrimLog trim, Done<core::LogTrimmed> done) {
  const auto log = logs_.find(trim.key);
  if (log == logs_.end()) return done(MemoryLog(unwritten_epoch(trim.key, trim.epoch)).trim(trim));
  bytes_ -= log->second.bytes();
  core::LogTrimmed trimmed = log->second.trim(trim);
  bytes_ += log->second.bytes();
  if (trim.is_unused && trimmed.status == core::StoreStatus::ok) set_unused(log);
  done(std::move(trimmed));
}

void MemoryStore::set_used(Logs::iterator log) { unused_.erase(std::exchange(log->second.unused_place, 0)); }

void MemoryStore::set_unused(Logs::iterator log) {
  set_used(log);
  log->second.unused_place = ++unused_count_;
  unused_.emplace(unused_count_, log->first);
}

bool MemoryStore::drop_unused(const core::RoomKey& except) {
  for (const auto& [place, key] : unused_) {
    const auto log = logs_.find(key);
    if (key.tenant == except.tenant && key.room == except.room) continue;
    drop(log);
    return true;
  }
  return false;
}

void MemoryStore::erase(core::RoomKey key, Done<core::StoreStatus> done) {
  if (kept_.remove(KeptKind::room, room_entry_key(key)) && follows_) follows_->set({}, head_of({}, 0));
  if (const auto log = logs_.find(key); log != logs_.end())
    drop(log);
  else
    set_epoch(std::move(key));
  done(core::StoreStatus::ok);
  wake_followers();
}

void MemoryStore::drop(Logs::iterator log) {
  set_used(log);
  bytes_ -= log->second.bytes();
  if (next_ == log) ++next_;
  set_epoch(log->first);
  logs_.erase(log);
}

void MemoryStore::set_epoch(core::RoomKey key) {
  const bool is_full = erased_.size() >= kErasedLogsMax;
  if (is_full) {
    erased_.clear();
    ++forgotten_;
  }
  const std::uint64_t epoch = erased_[key] = random_.safe_integer();
  if (!follows_) return;
  follows_->set(key, {core::StoreStatus::ok, epoch, 0});
  if (!is_full) return;
  for (const FollowTable::Target& each : follows_->targets(std::nullopt, kFollowsMax))
    if (!each.room || !logs_.contains(*each.room)) follows_->set(each.room, head_of(each.room, each.epoch));
}

void MemoryStore::put_kept(KeptWrite write, Done<core::StoreStatus> done) {
  const core::StoreStatus status = kept_.put(write);
  if (follows_) follows_->set({}, head_of({}, 0));
  done(status);
  wake_followers();
}

void MemoryStore::list_kept(KeptQuery query, Done<KeptList> done) { done(kept_.list(query)); }

LogHead MemoryStore::head_of(const std::optional<core::RoomKey>& room, std::uint64_t known_epoch) const {
  if (!room) return {core::StoreStatus::ok, kept_.epoch(), kept_.version()};
  const auto log = logs_.find(*room);
  if (log == logs_.end()) return {core::StoreStatus::ok, unwritten_epoch(*room, known_epoch), 0};
  return {core::StoreStatus::ok, log->second.epoch(), log->second.head()};
}

FollowResult MemoryStore::follow(FollowStart start, FollowWakeUp wake_up) {
  if (!follows_) follows_ = std::make_shared<FollowTable>();
  FollowResult result = follows_->add(start, std::move(wake_up));
  follows_->set(start.room, head_of(start.room, start.epoch));
  wake_followers();
  return result;
}

void MemoryStore::set_follows(std::shared_ptr<FollowTable> follows) {
  follows_ = std::move(follows);
  delivers_ = false;
}

void MemoryStore::wake_followers() {
  if (follows_ && delivers_) follows_->deliver();
}

}  // namespace dialogue::store
