// The effects of changed rooms, rules and limits on clients with the old definitions. Rooms are compared by the ids that they
// serve, so that a new pattern that matches ids of another one is detected as a change. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/definitions/compatibility/compatibility.hpp"

namespace dialogue::definitions {

/// Appends the changes of all rooms.
void compare_rooms(const Definitions& before, const Definitions& after, std::vector<Change>& out);

/// Appends the changes of what holds for all rooms together: rate limits, limits of clients, middleware.
void compare_limits(const Definitions& before, const Definitions& after, std::vector<Change>& out);

/// Whether `after` allows less than `before` in any window of time; an absent one allows everything.
[[nodiscard]] bool is_tighter(const std::optional<RateLimit>& before, const std::optional<RateLimit>& after);
/// "10 events in 1000 ms", "any number of events".
[[nodiscard]] std::string rate_text(const std::optional<RateLimit>& limit);

/// Notes steps of `after` that may refuse what no step of `before` refused.
void compare_middleware(const std::vector<MiddlewareDefinition>& before, const std::vector<MiddlewareDefinition>& after,
                        const std::string& where, std::vector<Change>& out);

}  // namespace dialogue::definitions
