// A store in a page: every request that changes something is written to the end of one file, synced, then done in memory. Opening
// does again what the file says. A request that was cut off at the end of the file was never answered, so it is dropped. All that
// is kept is also in memory, and the file only grows: good for a small server, and to see what a store of your own must hold to.
// Any thread may call; one call waits for another.
#pragma once
#include <dialogue/store.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace example {

class JournalStore final : public dialogue::Store {
 public:
  /// Opens or creates the file; throws dialogue::StoreError.
  explicit JournalStore(const std::string& path);
  ~JournalStore() override;

  void open(dialogue::RoomKey key, Done<dialogue::RoomOpened> done) override;
  void append(std::vector<dialogue::RoomWrite> writes, Done<std::vector<dialogue::StoreStatus>> done) override;
  void read(dialogue::ReadRange range, Done<dialogue::LogPage> done) override;
  void trim(dialogue::TrimLog trim, Done<dialogue::LogTrimmed> done) override;
  void erase(dialogue::RoomKey key, Done<dialogue::StoreStatus> done) override;
  void put_kept(dialogue::KeptWrite write, Done<dialogue::StoreStatus> done) override;
  void list_kept(dialogue::KeptQuery query, Done<dialogue::KeptList> done) override;

 private:
  /// Makes the entry durable: ok, `full` when nothing of it happened, `failed` when the outcome is unknown.
  [[nodiscard]] dialogue::StoreStatus write_down(const std::string& entry);
  void repeat(std::string_view entry);

  std::mutex mutex_;
  int file_ = -1;
  std::size_t size_ = 0;  ///< of the file, as far as it is durable
  bool has_failed_ = false;
  std::unique_ptr<dialogue::MemoryStore> memory_;
};

}  // namespace example
