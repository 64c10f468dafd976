// See boot_clock.hpp.
#include "server/store/boot_clock.hpp"

#include <ctime>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace dialogue::store {
namespace {

std::uint64_t offset_of(const BootClock& clock) { return clock.unix_ms - std::min(clock.since_boot_ms, clock.unix_ms); }

}  // namespace

BootClock read_boot_clock() {
  BootClock clock;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> clock.boot;
  timespec since_boot{};
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto since_boot_time = std::chrono::seconds(since_boot.tv_sec) + std::chrono::nanoseconds(since_boot.tv_nsec);
  const auto in_ms = [](auto time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  clock.since_boot_ms = in_ms(since_boot_time);
  clock.unix_ms = in_ms(std::chrono::system_clock::now().time_since_epoch());
  return clock;
}

KnownClock known_clock(const std::optional<KnownClock>& kept, const BootClock& now) {
  const std::uint64_t offset_ms = offset_of(now);
  if (!kept || kept->boot != now.boot || kept->since_boot_ms > now.since_boot_ms) return {now.boot, now.since_boot_ms, offset_ms};
  const auto [less, more] = std::minmax(kept->offset_ms, offset_ms);
  if (more - less > kClockDriftMs) return {now.boot, now.since_boot_ms, offset_ms};
  return *kept;
}

std::uint64_t known_since_ms(const KnownClock& known, const BootClock& now) {
  return now.boot.empty() ? 0 : known.since_boot_ms + offset_of(now);
}

}  // namespace dialogue::store
