// A shard's actions as lines for people. Pure functions.
#pragma once
#include <optional>
#include <string>

#include "server/core/messages/actions.hpp"

namespace dialogue {

/// One action as one line.
[[nodiscard]] std::string text_of(const Action& action);

/// The connection that an action is about, when it is about one.
[[nodiscard]] std::optional<ConnectionId> connection_of(const Action& action);

}  // namespace dialogue
