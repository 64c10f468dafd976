// The "middleware" parts of app.json. Used by the readers of definitions only.
#pragma once
#include <array>
#include <string_view>
#include <vector>

#include "server/definitions/source/json_location.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

/// What `use` says, by MiddlewareUse.
inline constexpr std::array<std::string_view, 5> kMiddlewareUses = {"contentFilter", "requiredRole", "redact", "sizeGuard",
                                                                    "logger"};

/// An array of steps, each an object with `use` and what that use needs. What is wrong is noted at its place.
[[nodiscard]] std::vector<MiddlewareDefinition> read_middleware(const JsonLocation& site);

}  // namespace dialogue::definitions
