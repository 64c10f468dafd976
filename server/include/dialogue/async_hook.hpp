// An asynchronous hook or middleware. async_hook() in <dialogue/async.hpp> makes one of a coroutine.
#pragma once
#include "server/core/messages/hook_question.hpp"

namespace dialogue {

struct AsyncHook {
  core::HookSource source;
};

}  // namespace dialogue
