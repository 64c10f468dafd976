// A shard's actions as lines for people. Pure functions.
#pragma once
#include <optional>
#include <string>

#include "server/core/messages/actions.hpp"

namespace dialogue::replay {

/// One action as one line.
[[nodiscard]] std::string text_of(const core::Action& action);

/// The connection that an action is about, when it is about one.
[[nodiscard]] std::optional<core::ConnectionId> connection_of(const core::Action& action);

}  // namespace dialogue::replay
