// One payload's verdict as `dialogue validate` prints it.
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/catalogue/catalogue.hpp"

namespace dialogue::app {

/// Checks `payload` as the server would check it in a PUBLISH of `event` (a catalogue index), and returns the verdict as one
/// JSON object: {"valid":true}, or {"valid":false,"path":"$.text","code":"too_short","message":"..."}. `valid` is the same
/// verdict.
[[nodiscard]] std::string verdict_line(const CatalogueView& catalogue, std::uint32_t event, std::string_view payload,
                                       bool& valid);

}  // namespace dialogue::app
