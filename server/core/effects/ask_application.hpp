// Carrying out an AskHook: the right source of the application's is asked. On the thread of the shard that decided it.
#pragma once
#include <exception>
#include <utility>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/hooks.hpp"

namespace dialogue::core {

/// Calls `done(from, ticket, verdict)` when there is an answer, on any thread. A source that throws has answered `internal`.
template <typename Done>
void ask_application(const Hooks& hooks, AskHook&& asked, const Done& done) {
  const HookVerb verb = asked.question->verb;
  const HookSource& source = verb == HookVerb::connect ? hooks.ask_connect
                             : verb == HookVerb::join  ? hooks.ask_join
                                                       : hooks.middleware.at(asked.step).ask;
  const auto answer = [done, from = asked.from, ticket = asked.ticket](HookVerdict verdict) {
    done(from, ticket, std::move(verdict));
  };
  try {
    source(std::move(*asked.question), answer);
  } catch (const std::exception& error) { answer({ErrorCode::internal, error.what(), {}, {}}); } catch (...) {
    answer({ErrorCode::internal, "it threw", {}, {}});
  }
}

}  // namespace dialogue::core
