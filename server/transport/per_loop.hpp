// A transport's separate state for each loop: caches of translated texts. of() is for any loop's thread; its result is used by
// that loop's thread only.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

template <typename T>
class PerLoop {
 public:
  explicit PerLoop(std::function<std::unique_ptr<T>()> make = [] { return std::make_unique<T>(); }) : make_(std::move(make)) {}

  /// As long as this lives.
  [[nodiscard]] T& of(const loop::ShardLoop& loop) {
    const std::lock_guard lock(mutex_);
    auto& own = by_loop_[&loop];
    if (!own) own = make_();
    return *own;
  }

 private:
  std::function<std::unique_ptr<T>()> make_;
  std::mutex mutex_;
  std::map<const loop::ShardLoop*, std::unique_ptr<T>> by_loop_;  ///< as many as the server has loops
};

}  // namespace dialogue::transport
