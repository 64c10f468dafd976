// Hooks by HTTP, asked after the application's own.
#include <algorithm>
#include <dialogue/setup_error.hpp>

#include "server/embed/instance/instance_state.hpp"

namespace dialogue {

void refuse_bad_webhooks(const Config& config) {
  const WebhookSettings& hooks = config.hooks;
  if (!hooks.is_set()) return;
  if (auto fault = webhooks::fault_of(hooks)) throw SetupError("hooks." + fault->where, fault->problem, fault->advice);
  const bool asks_connect = std::find(hooks.verbs.begin(), hooks.verbs.end(), HookVerb::connect) != hooks.verbs.end();
  if (asks_connect && config.limits.hello_timeout_ms <= hooks.timeout_ms)
    throw SetupError("limits.hello_timeout_ms",
                     std::to_string(config.limits.hello_timeout_ms) + " ms end before the time limit of " +
                         std::to_string(hooks.timeout_ms) + " ms for connect hooks",
                     "Write a larger value, or a smaller one for `hooks.timeout_ms`.");
}

void InstanceState::open_webhooks() {
  if (!config.hooks.is_set() || webhooks) return;
  webhooks = std::make_unique<webhooks::Webhooks>(config.hooks, config.logger, config.shared_metrics, tracer);
  const auto is_asked = [&verbs = config.hooks.verbs](HookVerb verb) {
    return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  };
  if (is_asked(HookVerb::connect)) waiting_connect_hooks.push_back(webhooks->source());
  if (is_asked(HookVerb::join)) waiting_join_hooks.push_back(webhooks->source());
  if (is_asked(HookVerb::publish)) middleware.push_back({{}, {}, webhooks->source()});
  const HookNotifier tell = [this](core::HookQuestion question) { webhooks->tell(std::move(question)); };
  if (is_asked(HookVerb::call)) call_handlers->set_backend(webhooks->calls());
  if (is_asked(HookVerb::leave)) leave_hooks.push_back(notifying_hook(HookVerb::leave, tell));
  if (is_asked(HookVerb::disconnect)) disconnect_hooks.push_back(notifying_hook(HookVerb::disconnect, tell));
}

}  // namespace dialogue
