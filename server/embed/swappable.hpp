// An object that is replaced while others use it: a user keeps the one that it took. Safe from any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace dialogue {

template <typename Object>
class Swappable {
 public:
  /// Returns the current object; null if there is none.
  [[nodiscard]] std::shared_ptr<Object> get() const {
    const std::lock_guard lock(mutex_);
    return object_;
  }
  /// Returns the previous one; its last holder waits for its end.
  std::shared_ptr<Object> set(std::shared_ptr<Object> next) {
    const std::lock_guard lock(mutex_);
    return std::exchange(object_, std::move(next));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Object> object_;
};

}  // namespace dialogue
