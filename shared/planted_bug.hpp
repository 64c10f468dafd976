// Faults that the tests compile into the validator on purpose, to see that they find them (tests/shared/planted). Every build but
// those has none, and the compiler removes the questions.
#pragma once
#include <cstdint>

#ifndef DIALOGUE_PLANTED_BUG
#define DIALOGUE_PLANTED_BUG 0
#endif

namespace dialogue {

enum class PlantedBug : std::uint8_t {
  none,
  length_in_bytes,          ///< minLength and maxLength count bytes
  lone_surrogate_allowed,   ///< half of an escaped pair is taken for a character
  exclusive_as_inclusive,   ///< a number equal to exclusiveMaximum passes
  last_required_forgotten,  ///< the last required property may be missing
  numbers_unique_by_text,   ///< 1 and 1.0 are two different items
};

[[nodiscard]] constexpr bool has_planted(PlantedBug bug) { return static_cast<int>(bug) == DIALOGUE_PLANTED_BUG; }

}  // namespace dialogue
