// The wall clock beside the machine's clock since boot, which cannot be set. Two readings of one boot with the same difference
// prove that the wall clock was not set between them. Pure, but for read_boot_clock().
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/core/util/steady_unix_clock.hpp"

namespace dialogue::store {

struct BootClock {
  std::string boot;                 ///< which boot of which machine; empty: unknown
  std::uint64_t since_boot_ms = 0;  ///< counts on while the machine sleeps
  std::uint64_t unix_ms = 0;
};

/// The time from which the wall clock is known: it was `offset_ms` ahead of the clock of this boot, and was not set since.
struct KnownClock {
  std::string boot;
  std::uint64_t since_boot_ms = 0, offset_ms = 0;
  friend bool operator==(const KnownClock&, const KnownClock&) = default;
};

/// Reads the machine's clocks. `boot` is empty if /proc has no boot id.
[[nodiscard]] BootClock read_boot_clock();

/// By how much two starts may differ: one may be as much ahead of the first as another is behind it.
inline constexpr std::uint64_t kClockDriftMs = core::kClockSetMs / 2;

/// Returns `kept` if it still holds: in the same boot, and if the wall clock has moved by at most kClockDriftMs. Otherwise the
/// clock is known from now on.
[[nodiscard]] KnownClock known_clock(const std::optional<KnownClock>& kept, const BootClock& now);

/// Returns since when the clock is known, by the current wall clock; 0: it is not known.
[[nodiscard]] std::uint64_t known_since_ms(const KnownClock& known, const BootClock& now);

}  // namespace dialogue::store
