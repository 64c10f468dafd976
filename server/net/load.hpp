// How many sockets a loop has: a count that every socket's owner holds one of, and passes on with the socket. Safe from any
// thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <utility>

namespace dialogue {

class LoadToken {
 public:
  LoadToken() = default;
  explicit LoadToken(std::atomic<std::size_t>& count) : count_(&count) { count_->fetch_add(1, std::memory_order_relaxed); }
  LoadToken(LoadToken&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  LoadToken& operator=(LoadToken&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~LoadToken() {
    if (count_) count_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t>* count_ = nullptr;
};

}  // namespace dialogue
