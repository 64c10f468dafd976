// See memory_guard.hpp.
#include "server/net/memory_guard.hpp"

#include <unistd.h>

#include <fstream>

namespace dialogue::net {
namespace {

constexpr std::uint64_t kLookEveryMs = 100, kWarnEveryMs = 60'000;

}  // namespace

bool MemoryGuard::is_over(std::uint64_t now_ms) {
  if (bytes_max_ == 0) return false;
  std::uint64_t looked_ms = looked_ms_.load(std::memory_order_relaxed);
  const bool is_due = looked_ms == 0 || now_ms >= looked_ms + kLookEveryMs;
  if (!is_due || !looked_ms_.compare_exchange_strong(looked_ms, now_ms)) return is_over_;
  is_over_ = resident_bytes() > bytes_max_;
  std::uint64_t warned_ms = warned_ms_;
  const bool warns = is_over_ && (warned_ms == 0 || now_ms >= warned_ms + kWarnEveryMs);
  if (warns && warned_ms_.compare_exchange_strong(warned_ms, now_ms)) warn_(bytes_max_);
  return is_over_;
}

// proc(5): the second number is the resident set, in pages.
std::uint64_t resident_bytes() {
  std::uint64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace dialogue::net
