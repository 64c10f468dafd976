// The effects of changed rooms, rules and limits on clients with the old definitions. Rooms are compared by the ids that they
// serve, so that a new pattern that matches ids of another one is detected as a change. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/compatibility/compatibility.hpp"

namespace dialogue::definitions {

/// Appends the changes of all rooms.
void compare_rooms(const Definitions& before, const Definitions& after, std::vector<Change>& out);

/// Appends the changes of calls and streams, but for those of the values that they carry.
void compare_calls(const Definitions& before, const Definitions& after, std::vector<Change>& out);

/// Appends the changes of what holds for all rooms together: rate limits, limits of clients, middleware.
void compare_limits(const Definitions& before, const Definitions& after, std::vector<Change>& out);

/// Whether `after` allows less than `before` in any window of time; an absent one allows everything.
[[nodiscard]] bool is_tighter(const std::optional<RateLimit>& before, const std::optional<RateLimit>& after);
/// Returns "10 events in 1000 ms", or "any number of events".
[[nodiscard]] std::string rate_text(const std::optional<RateLimit>& limit, std::string_view unit = "events");
/// Returns the grants for a message: "role:staff, user:ann", "no user", "everybody".
[[nodiscard]] std::string grants_text(const std::optional<Grants>& grants);

/// Notes steps of `after` that may refuse what no step of `before` refused.
void compare_middleware(const std::vector<MiddlewareDefinition>& before, const std::vector<MiddlewareDefinition>& after,
                        const std::string& where, std::vector<Change>& out);

}  // namespace dialogue::definitions
