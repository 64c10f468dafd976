// The catalogue that a program starts with, its faults as a SetupError. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue {

/// make_catalogue's bytes. Throws SetupError with one line per fault.
[[nodiscard]] std::vector<std::uint8_t> catalogue_of(const Definitions& definitions);

}  // namespace dialogue
