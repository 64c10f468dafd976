// A MemoryStore that any thread may call, and that several store objects may share: what one appends, followers of another are
// woken for. Logs end with the last of them.
//
//   SharedMemoryStore store(random_seed);
//   const std::unique_ptr<Store> second = store.another();
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::store {

class SharedMemoryStore final : public Store {
 public:
  explicit SharedMemoryStore(std::uint64_t seed);
  ~SharedMemoryStore() override;

  /// A second store object on the same memory.
  [[nodiscard]] std::unique_ptr<Store> another() const;

  void open(core::RoomKey key, Done<core::RoomOpened> done) override;
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override;
  void read(core::ReadRange range, Done<core::LogPage> done) override;
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override;
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override;
  void put_kept(KeptWrite write, Done<core::StoreStatus> done) override;
  void list_kept(KeptQuery query, Done<KeptList> done) override;
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override;
  void find_user(UserQuery query, Done<UserPage> done) override;
  void erase_user(UserQuery query, Done<UserErased> done) override;
  void erase_records(RecordErasure what, Done<UserErased> done) override;
  void list_rooms(core::RoomKey after, Done<RoomsPage> done) override;
  void put_room(RoomPart part, Done<core::StoreStatus> done) override;

 private:
  struct Memory;
  explicit SharedMemoryStore(std::shared_ptr<Memory> memory);
  template <typename Answer, typename Request>
  Answer locked(Request request);

  const std::shared_ptr<Memory> memory_;
};

}  // namespace dialogue::store
