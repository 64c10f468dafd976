// Faults of a store that a test compiles in on purpose (tests/mutant) and chooses by name, to see that the crash test finds each
// of them. In every other build the questions are constants and leave no code.
#pragma once
#include <cstdint>

namespace dialogue {

enum class PlantedFault : std::uint8_t {
  none,
  ack_before_commit,      ///< the publisher is answered while its append is still under way
  deliver_before_commit,  ///< the room is told while the append is still under way; after a crash its sequences are given again
  dedupe_in_memory,       ///< producers' numbers are not written
  dedupe_apart,           ///< producers' numbers are written in a transaction of their own, after the events
  no_sync,                ///< the database is not synced: synchronous = OFF
};

#ifdef DIALOGUE_PLANTED_FAULTS
inline PlantedFault planted_fault = PlantedFault::none;
[[nodiscard]] inline bool has_planted(PlantedFault fault) { return fault == planted_fault; }
#else
[[nodiscard]] constexpr bool has_planted(PlantedFault) { return false; }
#endif

}  // namespace dialogue
