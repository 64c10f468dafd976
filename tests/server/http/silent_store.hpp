// A store that does not answer, until it does. Any thread.
#pragma once
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "server/store/memory/memory_store.hpp"

namespace dialogue::test {

using namespace core;
using namespace store;

/// A store that keeps the questions whose rooms it is to open to itself, while it is silent.
class SilentStore : public Store {
 public:
  void open(RoomKey key, Done<RoomOpened> done) override {
    const std::lock_guard lock(mutex_);
    if (is_silent)
      kept_.push_back(std::move(done));
    else
      memory_.open(std::move(key), std::move(done));
  }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    const std::lock_guard lock(mutex_);
    if (keeps_appends)
      kept_appends_.emplace_back(writes.size(), std::move(done));
    else
      memory_.append(std::move(writes), std::move(done));
  }
  void read(ReadRange range, Done<LogPage> done) override {
    const std::lock_guard lock(mutex_);
    memory_.read(std::move(range), std::move(done));
  }
  void trim(TrimLog trim, Done<LogTrimmed> done) override {
    const std::lock_guard lock(mutex_);
    memory_.trim(std::move(trim), std::move(done));
  }
  void erase(RoomKey key, Done<StoreStatus> done) override {
    const std::lock_guard lock(mutex_);
    memory_.erase(std::move(key), std::move(done));
  }
  void put_kept(KeptWrite write, Done<StoreStatus> done) override {
    const std::lock_guard lock(mutex_);
    memory_.put_kept(std::move(write), std::move(done));
  }
  void list_kept(KeptQuery query, Done<KeptList> done) override {
    const std::lock_guard lock(mutex_);
    memory_.list_kept(query, std::move(done));
  }
  /// Answers what it kept, and is not silent any more.
  void speak(StoreStatus status = StoreStatus::ok) {
    std::vector<Done<RoomOpened>> kept;
    {
      const std::lock_guard lock(mutex_);
      is_silent = false;
      kept.swap(kept_);
    }
    for (const auto& done : kept) done({status, {}});
  }
  [[nodiscard]] std::size_t kept() const {
    const std::lock_guard lock(mutex_);
    return kept_.size();
  }
  /// Answers the appends that it kept with this, and keeps no more.
  void answer_appends(StoreStatus status) {
    std::vector<std::pair<std::size_t, Done<std::vector<StoreStatus>>>> kept;
    {
      const std::lock_guard lock(mutex_);
      keeps_appends = false;
      kept.swap(kept_appends_);
    }
    for (const auto& [count, done] : kept) done(std::vector<StoreStatus>(count, status));
  }
  std::atomic<bool> is_silent = false;
  std::atomic<bool> keeps_appends = false;  ///< and the appends

 private:
  mutable std::mutex mutex_;
  MemoryStore memory_{1};
  std::vector<Done<RoomOpened>> kept_;
  std::vector<std::pair<std::size_t, Done<std::vector<StoreStatus>>>> kept_appends_;
};

}  // namespace dialogue::test
