// The middleware of definitions and of an application, in the order in which drafts pass it. Before a server starts.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/hooks.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::middleware {

/// The definitions' steps for all rooms, then `own` steps for all rooms; then the definitions' steps for rooms, then `own` ones
/// for rooms. Throws SetupError for an invalid expression.
[[nodiscard]] std::vector<core::Middleware> middleware_chain(const Definitions& definitions,
                                                             const std::vector<core::Middleware>& own,
                                                             const std::function<void(const core::LogLine&)>& logger);

}  // namespace dialogue::middleware
