// Counts the program's unanswered publications, so that a program that publishes faster than its store is refused instead of
// filling the memory. Any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>

namespace dialogue {

class TriggerLoad : public std::enable_shared_from_this<TriggerLoad> {
 public:
  /// What one costs besides its texts: the shard message, its callback, its places in queues.
  static constexpr std::size_t kOverheadBytes = 512;

  /// `bytes_max` 0: any number.
  explicit TriggerLoad(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Counts until what it gives is released. Null: that would be too much. The first is always taken, whatever its size.
  [[nodiscard]] std::shared_ptr<const void> take(std::size_t text_bytes) {
    const std::size_t bytes = text_bytes + kOverheadBytes, before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    auto share = std::shared_ptr<const void>(
        this, [self = shared_from_this(), bytes](const void*) { self->bytes_.fetch_sub(bytes, std::memory_order_relaxed); });
    return bytes_max_ != 0 && before != 0 && before + bytes > bytes_max_ ? nullptr : share;
  }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace dialogue
