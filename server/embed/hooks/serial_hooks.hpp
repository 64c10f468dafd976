// Several hooks that may wait, as one. Safe from any thread.
#pragma once
#include <vector>

#include "server/core/messages/hook_question.hpp"

namespace dialogue {

/// Asks one after the other until one denies; the last word on meta counts. Empty for none.
[[nodiscard]] core::HookSource in_turn(std::vector<core::HookSource> sources);

}  // namespace dialogue
