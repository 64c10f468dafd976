// How other threads reach a loop: a vector under a lock, taken whole. One wake-up covers everything that was put in before the
// loop took it. Safe from any thread.
#pragma once
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace dialogue::loop {

template <typename T>
class Mailbox {
 public:
  /// Adds an item; returns true if the box was empty, so that its owner must be woken.
  [[nodiscard]] bool put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    return items_.size() == 1;
  }

  /// Puts all of `items` in, in order, and empties it.
  [[nodiscard]] bool put_all(std::vector<T>& items) {
    const std::lock_guard lock(mutex_);
    const bool was_empty = items_.empty();
    items_.insert(items_.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
    items.clear();
    return was_empty;
  }

  /// Everything that is in the box, oldest first. `into` must be empty; its room is used for what comes next.
  void take(std::vector<T>& into) {
    const std::lock_guard lock(mutex_);
    items_.swap(into);
  }

  [[nodiscard]] bool is_empty() const {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace dialogue::loop
