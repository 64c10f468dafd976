// How many sockets a loop has: a count that every socket's owner holds one of, and passes on with the socket. Safe from any
// thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <utility>

namespace dialogue::net {

class ConnectionCountGuard {
 public:
  ConnectionCountGuard() = default;
  explicit ConnectionCountGuard(std::atomic<std::size_t>& count) : count_(&count) {
    count_->fetch_add(1, std::memory_order_relaxed);
  }
  ConnectionCountGuard(ConnectionCountGuard&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  ConnectionCountGuard& operator=(ConnectionCountGuard&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~ConnectionCountGuard() {
    if (count_) count_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t>* count_ = nullptr;
};

}  // namespace dialogue::net
