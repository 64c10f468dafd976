// The generator's one clock: microseconds that never go back. Safe from any thread.
#pragma once
#include <ctime>

#include <cstdint>

namespace dialogue::load {

inline constexpr std::uint64_t kSecondUs = 1'000'000;

[[nodiscard]] inline std::uint64_t clock_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecondUs + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

}  // namespace dialogue::load
