// Hooks by HTTP, asked after the application's own.
#include <algorithm>
#include <dialogue/setup_error.hpp>

#include "server/embed/instance/instance_state.hpp"

namespace dialogue {

void refuse_bad_webhooks(const WebhookSettings& settings) {
  if (!settings.is_set()) return;
  if (auto fault = webhooks::fault_of(settings)) throw SetupError("webhooks." + fault->where, fault->problem, fault->advice);
}

void InstanceState::open_webhooks() {
  if (!config.webhooks.is_set() || webhooks) return;
  webhooks = std::make_unique<webhooks::Webhooks>(config.webhooks, config.logger, config.shared_metrics, tracer);
  const auto is_asked = [&verbs = config.webhooks.verbs](HookVerb verb) {
    return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  };
  if (is_asked(HookVerb::connect)) waiting_connect_hooks.push_back(webhooks->source());
  if (is_asked(HookVerb::join)) waiting_join_hooks.push_back(webhooks->source());
  if (is_asked(HookVerb::publish)) middleware.push_back({{}, {}, webhooks->source()});
  const HookTeller tell = [this](core::HookQuestion question) { webhooks->tell(std::move(question)); };
  if (is_asked(HookVerb::leave)) leave_hooks.push_back(telling_hook(HookVerb::leave, tell));
  if (is_asked(HookVerb::disconnect)) disconnect_hooks.push_back(telling_hook(HookVerb::disconnect, tell));
}

}  // namespace dialogue
