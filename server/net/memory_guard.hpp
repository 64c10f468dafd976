// Compares the process's memory with its limit. Above the limit new WebSockets and HTTP publications are rejected, and existing
// connections stay (docs/decisions/210-memory-limit.md). Checks at most ten times a second. Safe from any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace dialogue::net {

class MemoryGuard {
 public:
  /// `bytes_max` 0: no bound. `warn` is called when it is found to be over the bound, once a minute at most, on any thread.
  MemoryGuard(std::uint64_t bytes_max, std::function<void(std::uint64_t bytes_max)> warn)
      : bytes_max_(bytes_max), warn_(std::move(warn)) {}

  [[nodiscard]] bool is_over(std::uint64_t now_ms);
  void set(std::uint64_t bytes_max) { bytes_max_ = bytes_max; }
  [[nodiscard]] std::uint64_t bytes_max() const { return bytes_max_; }

 private:
  std::atomic<std::uint64_t> bytes_max_;
  const std::function<void(std::uint64_t)> warn_;
  std::atomic<std::uint64_t> looked_ms_{0}, warned_ms_{0};
  std::atomic<bool> is_over_{false};
};

/// Resident memory of this process, from /proc/self/statm; 0 where that cannot be read.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace dialogue::net
