// Which secret a session has now that was recovered: socket.io-client keeps the `pid` of its first connection, the core gives
// another secret with each. Without an entry only the slots of the last connection are not taken over. Safe from any thread.
#pragma once
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace dialogue::transport {

class RecoveryPids {
 public:
  /// Beyond `entries_max` entries, the one that was set longest ago is removed.
  explicit RecoveryPids(std::size_t entries_max) : entries_max_(entries_max) {}

  void set(const std::string& pid, std::string secret) {
    const std::lock_guard lock(mutex_);
    drop(pid);
    order_.emplace_front(pid, std::move(secret));
    entries_.emplace(order_.front().first, order_.begin());
    if (order_.size() > entries_max_) drop(order_.back().first);
  }
  /// The secret to resume with, or `otherwise`.
  [[nodiscard]] std::string secret_of(const std::string& pid, std::string_view otherwise) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(pid);
    return found == entries_.end() ? std::string(otherwise) : found->second->second;
  }
  void forget(const std::string& pid) {
    const std::lock_guard lock(mutex_);
    drop(pid);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return order_.size();
  }

 private:
  using Order = std::list<std::pair<std::string, std::string>>;  ///< pid and secret, the newest first

  void drop(const std::string& pid) {
    const auto found = entries_.find(pid);
    if (found == entries_.end()) return;
    const auto place = found->second;
    entries_.erase(found);
    order_.erase(place);
  }

  const std::size_t entries_max_;
  mutable std::mutex mutex_;
  Order order_;
  std::map<std::string, Order::iterator> entries_;  ///< a client chooses its pid
};

}  // namespace dialogue::transport
