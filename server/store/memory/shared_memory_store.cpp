// See shared_memory_store.hpp.
#include "server/store/memory/shared_memory_store.hpp"

#include <mutex>
#include <thread>
#include <utility>

#include "server/store/memory/memory_store.hpp"

namespace dialogue::store {

/// The memory, and from the first follow on a thread that wakes followers.
struct SharedMemoryStore::Memory {
  explicit Memory(std::uint64_t seed) : store(seed) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    if (follows) follows->stop();
    if (waker.joinable()) waker.join();
  }

  /// With the lock.
  void begin_following() {
    if (follows) return;
    follows = std::make_shared<FollowTable>();
    store.set_follows(follows);
    waker = std::thread([table = follows] {
      while (table->wait()) table->deliver();
    });
  }

  std::mutex mutex;
  MemoryStore store;
  std::shared_ptr<FollowTable> follows;
  std::thread waker;
};

SharedMemoryStore::SharedMemoryStore(std::uint64_t seed) : memory_(std::make_shared<Memory>(seed)) {}

SharedMemoryStore::SharedMemoryStore(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}

SharedMemoryStore::~SharedMemoryStore() = default;

std::unique_ptr<Store> SharedMemoryStore::another() const {
  return std::unique_ptr<Store>(new SharedMemoryStore(memory_));  // its constructor is private
}

/// The answer, taken out of the lock, so that `done` may ask again.
template <typename Answer, typename Request>
Answer SharedMemoryStore::locked(Request request) {
  const std::lock_guard lock(memory_->mutex);
  Answer answer{};
  request(memory_->store, [&answer](Answer given) { answer = std::move(given); });
  return answer;
}

void SharedMemoryStore::open(core::RoomKey key, Done<core::RoomOpened> done) {
  done(locked<core::RoomOpened>([&](Store& store, auto keep) { store.open(std::move(key), keep); }));
}

void SharedMemoryStore::append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) {
  done(locked<std::vector<core::StoreStatus>>([&](Store& store, auto keep) { store.append(std::move(writes), keep); }));
}

void SharedMemoryStore::read(core::ReadRange range, Done<core::LogPage> done) {
  done(locked<core::LogPage>([&](Store& store, auto keep) { store.read(std::move(range), keep); }));
}

void SharedMemoryStore::trim(core::TrimLog trim, Done<core::LogTrimmed> done) {
  done(locked<core::LogTrimmed>([&](Store& store, auto keep) { store.trim(std::move(trim), keep); }));
}

void SharedMemoryStore::erase(core::RoomKey key, Done<core::StoreStatus> done) {
  done(locked<core::StoreStatus>([&](Store& store, auto keep) { store.erase(std::move(key), keep); }));
}

void SharedMemoryStore::put_kept(KeptWrite write, Done<core::StoreStatus> done) {
  done(locked<core::StoreStatus>([&](Store& store, auto keep) { store.put_kept(std::move(write), keep); }));
}

void SharedMemoryStore::list_kept(KeptQuery query, Done<KeptList> done) {
  done(locked<KeptList>([&](Store& store, auto keep) { store.list_kept(query, keep); }));
}

void SharedMemoryStore::find_user(UserQuery query, Done<UserPage> done) {
  done(locked<UserPage>([&](Store& store, auto keep) { store.find_user(std::move(query), keep); }));
}

void SharedMemoryStore::erase_user(UserQuery query, Done<UserErased> done) {
  done(locked<UserErased>([&](Store& store, auto keep) { store.erase_user(std::move(query), keep); }));
}

void SharedMemoryStore::erase_records(RecordErasure what, Done<UserErased> done) {
  done(locked<UserErased>([&](Store& store, auto keep) { store.erase_records(std::move(what), keep); }));
}

void SharedMemoryStore::list_rooms(core::RoomKey after, Done<RoomsPage> done) {
  done(locked<RoomsPage>([&](Store& store, auto keep) { store.list_rooms(std::move(after), keep); }));
}

void SharedMemoryStore::put_room(RoomPart part, Done<core::StoreStatus> done) {
  done(locked<core::StoreStatus>([&](Store& store, auto keep) { store.put_room(std::move(part), keep); }));
}

FollowResult SharedMemoryStore::follow(FollowStart start, FollowWakeUp wake_up) {
  const std::lock_guard lock(memory_->mutex);
  memory_->begin_following();
  return memory_->store.follow(std::move(start), std::move(wake_up));
}

}  // namespace dialogue::store
