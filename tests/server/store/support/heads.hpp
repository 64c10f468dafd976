// What a follower was woken with, for tests: waits for a wake-up instead of sleeping. Any thread.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "tests/patience.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

class Heads {
 public:
  [[nodiscard]] FollowWakeUp wake_up() {
    return [this](const LogHead& head) {
      const std::lock_guard lock(mutex_);
      all_.push_back(head);
      changed_.notify_all();
    };
  }
  /// The newest, once it is one like that; throws when none comes.
  LogHead wait(const std::function<bool(const LogHead&)>& is_it) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return !all_.empty() && is_it(all_.back()); }))
      throw std::runtime_error("the follower was not woken");
    return all_.back();
  }
  LogHead wait_for_seq(std::uint64_t seq) {
    return wait([seq](const LogHead& head) { return head.status == StoreStatus::ok && head.seq >= seq; });
  }
  LogHead wait_for(StoreStatus status) {
    return wait([status](const LogHead& head) { return head.status == status; });
  }
  LogHead wait_for_other_epoch(std::uint64_t epoch) {
    return wait([epoch](const LogHead& head) { return head.status == StoreStatus::ok && head.epoch != epoch; });
  }
  [[nodiscard]] std::vector<LogHead> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LogHead> all_;
};

}  // namespace dialogue::testing
