// The hooks and the middleware of an application, in the order of their calls. Set before the server starts, and used by its
// shards from then on.
#pragma once
#include <dialogue/client.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/embed/event_listeners.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

struct ApplicationHooks {
  std::vector<std::function<HookDecision(Client&)>> connect;
  std::vector<std::function<HookDecision(Client&, std::string_view)>> join;
  std::vector<std::function<void(Client&, std::string_view)>> joined, leave, disconnect;
  std::vector<core::HookSource> waiting_connect, waiting_join;
  std::vector<core::Middleware> middleware;

  [[nodiscard]] bool decides_joins() const { return !join.empty() || !waiting_join.empty(); }
  /// Returns the hooks for the core; those that are not set stay empty, so that the core skips them. This object outlives them.
  [[nodiscard]] core::Hooks make(const Definitions& definitions, std::shared_ptr<EventListeners> listeners,
                                 std::function<void(const core::LogLine&)> log) const;
};

/// Receives notices, which have no answer.
using HookNotifier = std::function<void(core::HookQuestion)>;

/// A hook for leaving or disconnecting that reports it to `tell`, with the room or the reason.
[[nodiscard]] std::function<void(Client&, std::string_view)> notifying_hook(core::HookVerb verb, HookNotifier tell);

}  // namespace dialogue
