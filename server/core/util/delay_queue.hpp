// Deadlines that all lie the same time ahead, so that first in is first due: no heap, no timer, no node for each.
// Used by one part of one shard.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "server/core/util/time.hpp"

namespace dialogue::core {

template <typename Key>
class DelayQueue {
 public:
  explicit DelayQueue(std::uint64_t delay_ms) : delay_ms_(delay_ms) {}

  void push(Key key, std::uint64_t now_ms) { queue_.push_back({now_ms + delay_ms_, std::move(key)}); }
  [[nodiscard]] std::uint64_t next_deadline() const { return queue_.empty() ? kNever : queue_.front().deadline_ms; }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }
  /// Removes and returns the next due key. A key that was pushed twice is returned twice.
  [[nodiscard]] std::optional<Key> pop_due(std::uint64_t now_ms) {
    if (next_deadline() > now_ms) return std::nullopt;
    return pop();
  }
  /// The oldest key, due or not.
  [[nodiscard]] std::optional<Key> pop() {
    if (queue_.empty()) return std::nullopt;
    Key key = std::move(queue_.front().key);
    queue_.pop_front();
    return key;
  }

 private:
  struct Entry {
    std::uint64_t deadline_ms;
    Key key;
  };
  std::uint64_t delay_ms_;
  std::deque<Entry> queue_;
};

}  // namespace dialogue::core
