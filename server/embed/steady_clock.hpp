// The clock of what an instance does beside serving: its deadlines and leases. Safe from any thread.
#pragma once
#include <chrono>
#include <cstdint>

namespace dialogue {

/// Milliseconds since any beginning; never goes back.
[[nodiscard]] inline std::uint64_t steady_now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace dialogue
