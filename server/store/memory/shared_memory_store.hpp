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

namespace dialogue {

class SharedMemoryStore final : public Store {
 public:
  explicit SharedMemoryStore(std::uint64_t seed);
  ~SharedMemoryStore() override;

  /// A second store object on the same memory.
  [[nodiscard]] std::unique_ptr<Store> another() const;

  void open(RoomKey key, Done<RoomOpened> done) override;
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override;
  void read(ReadRange range, Done<LogPage> done) override;
  void trim(TrimLog trim, Done<LogTrimmed> done) override;
  void erase(RoomKey key, Done<StoreStatus> done) override;
  void put_kept(KeptWrite write, Done<StoreStatus> done) override;
  void list_kept(KeptQuery query, Done<KeptList> done) override;
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override;

 private:
  struct Memory;
  explicit SharedMemoryStore(std::shared_ptr<Memory> memory);
  template <typename Answer, typename Request>
  Answer locked(Request request);

  const std::shared_ptr<Memory> memory_;
};

}  // namespace dialogue
