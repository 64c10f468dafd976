// Who may call with a token instead of a key: the bearer of one with `manage` for a room may use the routes of that room; who may
// manage every room ("*") may use all. Safe from any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "server/api/api_types.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// Asks `identify` whose token it is.
[[nodiscard]] api::CallerSource callers_with_tokens(core::IdentitySource identify, const Definitions& definitions,
                                                    const std::vector<std::uint8_t>& catalogue_bytes);

}  // namespace dialogue
