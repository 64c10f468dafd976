// A place in a payload, without what its sender chose: operators see it who may not see payloads.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/catalogue/catalogue.hpp"

namespace dialogue::core {

/// `path` is a verdict's. Keeps the names that the event's schema declares: other keys become "*", indexes "[*]", and what comes
/// behind a place that the schema does not describe is left out. `event`: without one, nothing is declared.
[[nodiscard]] std::string declared_path(const CatalogueView& catalogue, std::uint32_t event, std::string_view path);

}  // namespace dialogue::core
