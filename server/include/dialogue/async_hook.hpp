// A hook or a middleware that may take its time. waiting() in <dialogue/async.hpp> makes one of a coroutine.
#pragma once
#include "server/core/messages/hook_question.hpp"

namespace dialogue {

struct AsyncHook {
  core::HookSource source;
};

}  // namespace dialogue
