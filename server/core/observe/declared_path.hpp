// A place in a payload, without what its sender chose: operators see it who may not see payloads.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/catalogue/catalogue.hpp"

namespace dialogue::core {

/// Returns a verdict's path with only the names that the event's schema declares: other keys become "*", indexes "[*]", and the
/// rest behind a place that the schema does not describe is omitted. Without an event, no name is declared.
[[nodiscard]] std::string declared_path(const CatalogueView& catalogue, std::uint32_t event, std::string_view path);

}  // namespace dialogue::core
