// See follow_table.hpp.
#include "server/store/follow_table.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::store {

class FollowTable::Handle final : public FollowHandle {
 public:
  Handle(std::shared_ptr<FollowTable> table, FollowPtr follow) : table_(std::move(table)), follow_(std::move(follow)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { table_->remove(follow_); }

 private:
  std::shared_ptr<FollowTable> table_;
  FollowPtr follow_;
};

FollowTable::Key FollowTable::key_of(const std::optional<core::RoomKey>& room) {
  return room ? Key{true, room->tenant, room->room} : Key{};
}

FollowResult FollowTable::add(FollowStart start, FollowWakeUp wake_up) {
  const auto follow = std::make_shared<Follow>();
  follow->key = key_of(start.room);
  follow->wake_up = std::move(wake_up);
  follow->known_epoch = start.epoch;
  follow->known_seq = start.seq;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) return {FollowStatus::failed};
    if (count_ >= kFollowsMax) return {FollowStatus::busy};
    follows_[follow->key].insert(follow);
    ++count_;
    ++added_;
  }
  return {FollowStatus::ok, std::make_unique<Handle>(shared_from_this(), follow)};
}

bool FollowTable::is_news(const Follow& follow, const LogHead& head) {
  if (head.status != follow.known.status) return true;
  return head.status == core::StoreStatus::ok && (head.epoch != follow.known_epoch || head.seq > follow.known_seq);
}

void FollowTable::mark(const FollowPtr& follow, const LogHead& head) {
  const bool is_queued = follow->waiting.has_value();
  if (!is_queued && !is_news(*follow, head)) return;
  follow->waiting = head;
  if (!is_queued) waiting_.push_back(follow);
}

void FollowTable::set(const std::optional<core::RoomKey>& room, const LogHead& head) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = follows_.find(key_of(room));
    if (found == follows_.end()) return;
    for (const FollowPtr& follow : found->second) mark(follow, head);
  }
  changed_.notify_all();
}

void FollowTable::set_all(const LogHead& head) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, follows] : follows_)
      for (const FollowPtr& follow : follows) mark(follow, head);
  }
  changed_.notify_all();
}

std::vector<FollowTable::Target> FollowTable::targets(const std::optional<Target>& after, std::size_t count) const {
  std::vector<Target> found;
  const std::lock_guard lock(mutex_);
  for (auto at = after ? follows_.upper_bound(key_of(after->room)) : follows_.begin();
       at != follows_.end() && found.size() < count; ++at) {
    const auto& [is_room, tenant, room] = at->first;
    found.push_back({is_room ? std::optional(core::RoomKey{tenant, room}) : std::nullopt, (*at->second.begin())->known_epoch});
  }
  return found;
}

std::uint64_t FollowTable::added() const {
  const std::lock_guard lock(mutex_);
  return added_;
}

bool FollowTable::is_empty() const {
  const std::lock_guard lock(mutex_);
  return count_ == 0;
}

void FollowTable::deliver() {
  std::unique_lock lock(mutex_);
  if (called_ != nullptr) return;
  while (!waiting_.empty() && !is_stopped_) {
    FollowPtr follow = std::move(waiting_.front());
    waiting_.pop_front();
    const LogHead head = *std::exchange(follow->waiting, std::nullopt);
    if (!is_news(*follow, head)) continue;
    follow->known = head;
    if (head.status == core::StoreStatus::ok) {
      follow->known_epoch = head.epoch;
      follow->known_seq = head.seq;
    }
    called_ = follow.get();
    calling_thread_ = std::this_thread::get_id();
    lock.unlock();
    follow->wake_up(head);
    follow.reset();  // without the lock: what the function holds may be handles
    lock.lock();
    called_ = nullptr;
    calling_thread_ = {};
    changed_.notify_all();
  }
}

bool FollowTable::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopped_ || !waiting_.empty(); });
  return !is_stopped_;
}

void FollowTable::stop() {
  std::unique_lock lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
  wait_for_call(lock, called_);
}

void FollowTable::remove(const FollowPtr& follow) {
  std::unique_lock lock(mutex_);
  const auto found = follows_.find(follow->key);
  found->second.erase(follow);
  if (found->second.empty()) follows_.erase(found);
  --count_;
  if (std::exchange(follow->waiting, std::nullopt)) std::erase(waiting_, follow);
  wait_for_call(lock, follow.get());
}

void FollowTable::wait_for_call(std::unique_lock<std::mutex>& lock, const Follow* follow) {
  if (follow == nullptr || calling_thread_ == std::this_thread::get_id()) return;
  changed_.wait(lock, [&] { return called_ != follow; });
}

}  // namespace dialogue::store
