// The definitions as the HTTP API lists them: events with schemas that stand alone, and rooms. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

/// `catalogue`: their compiled form, which is listed as base64.
[[nodiscard]] std::string definition_list(const Definitions& definitions, std::span<const std::uint8_t> catalogue);

}  // namespace dialogue::definitions
