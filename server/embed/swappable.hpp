// A source that is replaced while others ask it: they keep the one that they took until they have asked. Safe from any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace dialogue {

template <typename Source>
class Swappable {
 public:
  /// Null: there is none now.
  [[nodiscard]] std::shared_ptr<const Source> get() const {
    const std::lock_guard lock(mutex_);
    return source_;
  }
  /// An empty source removes it. Returns the previous one; its last holder waits for its end.
  std::shared_ptr<const Source> set(Source source) {
    std::shared_ptr<const Source> replacement;
    if (source) replacement = std::make_shared<const Source>(std::move(source));
    const std::lock_guard lock(mutex_);
    return std::exchange(source_, std::move(replacement));
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Source> source_;
};

}  // namespace dialogue
