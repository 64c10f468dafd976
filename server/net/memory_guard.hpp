// How much memory the process has, held against what it may have: over the bound no more WebSockets are taken, nor
// publications by HTTP, and who is there is kept (docs/decisions/210-over-the-memory-bound.md). Looked at ten times a second at
// most. Safe from any thread.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dialogue {

class MemoryGuard {
 public:
  /// `bytes_max` 0: no bound.
  explicit MemoryGuard(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] bool is_over(std::uint64_t now_ms);
  void set(std::uint64_t bytes_max) { bytes_max_ = bytes_max; }

 private:
  std::atomic<std::uint64_t> bytes_max_;
  std::atomic<std::uint64_t> looked_ms_{0};
  std::atomic<bool> is_over_{false};
};

/// Resident memory of this process, from /proc/self/statm; 0 where that cannot be read.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace dialogue
