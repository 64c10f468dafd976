// How a MemoryStore lists its rooms, and takes rooms from another store.
#include <utility>

#include "server/store/memory/memory_store.hpp"

namespace dialogue::store {

void MemoryStore::list_rooms(core::RoomKey after, Done<RoomsPage> done) {
  RoomsPage page;
  auto log = after == core::RoomKey{} ? logs_.begin() : logs_.upper_bound(after);
  for (; log != logs_.end() && page.rooms.size() < kRoomsPerPageMax; ++log)
    page.rooms.push_back({log->first, log->second.keep_ms()});
  done(std::move(page));
}

void MemoryStore::put_room(RoomPart part, Done<core::StoreStatus> done) {
  auto log = logs_.find(part.key);
  if (log != logs_.end() && (log->second.epoch() != part.epoch || log->second.head() != part.head))
    return done(core::StoreStatus::stale);
  if (log == logs_.end()) {
    erased_.erase(part.key);
    log = logs_.emplace(part.key, MemoryLog(part.epoch)).first;
  }
  bytes_ -= log->second.bytes();
  log->second.put(part);
  bytes_ += log->second.bytes();
  const bool is_full = bytes_ > bytes_max_;
  if (is_full) drop(log);
  if (!is_full && follows_) follows_->set(part.key, {core::StoreStatus::ok, part.epoch, part.head});
  done(is_full ? core::StoreStatus::full : core::StoreStatus::ok);
  wake_followers();
}

}  // namespace dialogue::store
