// See backend_hooks.hpp.
#include "server/embed/hooks/backend_hooks.hpp"

#include <algorithm>
#include <dialogue/setup_error.hpp>

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

void BackendHooks::attach(ApplicationHooks& hooks, CallHandlers& calls, std::shared_ptr<const trace::Tracer> tracer) {
  if (!settings_.hooks.is_set() || webhooks_) return;
  webhooks_ = std::make_unique<webhooks::Webhooks>(settings_.hooks, settings_.log, settings_.metrics, std::move(tracer));
  const auto is_asked = [&verbs = settings_.hooks.verbs](HookVerb verb) {
    return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  };
  if (is_asked(HookVerb::connect)) hooks.waiting_connect.push_back(webhooks_->source());
  if (is_asked(HookVerb::join)) hooks.waiting_join.push_back(webhooks_->source());
  if (is_asked(HookVerb::publish)) hooks.middleware.push_back({{}, {}, webhooks_->source()});
  const HookNotifier tell = [this](core::HookQuestion question) { webhooks_->tell(std::move(question)); };
  if (is_asked(HookVerb::call)) calls.set_backend(webhooks_->calls());
  if (is_asked(HookVerb::leave)) hooks.leave.push_back(notifying_hook(HookVerb::leave, tell));
  if (is_asked(HookVerb::disconnect)) hooks.disconnect.push_back(notifying_hook(HookVerb::disconnect, tell));
}

}  // namespace dialogue
