// Authorizes callers with a token instead of a key. A token with `manage` for a room opens the routes of that room; with `manage`
// for every room ("*"), all routes; with the rights to join a room and to read its history, the routes that read its log. Safe
// from any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "server/api/api_types.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// Asks `identify` whose token it is. `asks_of_joins`: a hook decides about joins, so rights alone do not permit reading.
[[nodiscard]] api::CallerSource callers_with_tokens(core::IdentitySource identify, const Definitions& definitions,
                                                    const std::vector<std::uint8_t>& catalogue_bytes, bool asks_of_joins);

}  // namespace dialogue
