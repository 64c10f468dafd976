// See webhook_settings.hpp.
#include "server/webhooks/webhook_settings.hpp"

#include <algorithm>
#include <array>

#include "server/http_client/http_url.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"

namespace dialogue::webhooks {
namespace {

constexpr std::array kVerbs = {core::HookVerb::connect, core::HookVerb::join,       core::HookVerb::publish,
                               core::HookVerb::leave,   core::HookVerb::disconnect, core::HookVerb::call};

bool has_room(core::HookVerb verb) {
  return verb != core::HookVerb::connect && verb != core::HookVerb::disconnect && verb != core::HookVerb::call;
}

}  // namespace

std::optional<WebhookError> fault_of(const WebhookSettings& settings) {
  if (!http_client::parse_http_url(settings.url))
    return WebhookError{"url", "this is not an http or https URL", "Write, for example, https://app.example.com/hooks."};
  if (settings.secret.size() < kHookSecretBytesMin)
    return WebhookError{"secret",
                        "a secret of " + std::to_string(settings.secret.size()) + " characters is too short; it has at least " +
                            std::to_string(kHookSecretBytesMin),
                        "Make one with: openssl rand -hex 32"};
  if (settings.verbs.empty())
    return WebhookError{"verbs", "no verbs are set", "Name some of connect, join, publish, call, leave and disconnect."};
  if (!settings.fail)
    return WebhookError{"fail", "the policy for a failing backend is not set",
                        "Set open (allow) or closed (deny with a retryable error)."};
  for (const std::string& room : settings.rooms)
    if (!is_room_pattern(room))
      return WebhookError{"rooms", "\"" + room + "\" is neither a room's id nor a pattern",
                          "Write, for example, chat or game-{id}."};
  if (settings.timeout_ms < kHookTimeoutMsMin || settings.timeout_ms > kHookTimeoutMsMax)
    return WebhookError{"timeout_ms", std::to_string(settings.timeout_ms) + " ms is not a valid time limit",
                        "Write " + std::to_string(kHookTimeoutMsMin) + " to " + std::to_string(kHookTimeoutMsMax) + "."};
  if (settings.timeout_ms > kHookConnectTimeoutMsMax &&
      std::find(settings.verbs.begin(), settings.verbs.end(), core::HookVerb::connect) != settings.verbs.end())
    return WebhookError{"timeout_ms",
                        std::to_string(settings.timeout_ms) + " ms is too long for connect: a client without WELCOME after " +
                            std::to_string(kHelloTimeoutMs) + " ms is disconnected",
                        "Write at most " + std::to_string(kHookConnectTimeoutMsMax) + ", or leave connect out of the verbs."};
  if (settings.batch_max == 0 || settings.connections_max == 0)
    return WebhookError{settings.batch_max == 0 ? "batch_max" : "connections_max", "at least one is required",
                        "Write at least 1."};
  return {};
}

std::optional<core::HookVerb> hook_verb_of(std::string_view name) {
  const auto* const found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [name](core::HookVerb verb) { return core::hook_verb_name(verb) == name; });
  return found == kVerbs.end() ? std::nullopt : std::optional(*found);
}

bool concerns(const WebhookSettings& settings, core::HookVerb verb, std::string_view room_id) {
  if (std::find(settings.verbs.begin(), settings.verbs.end(), verb) == settings.verbs.end()) return false;
  const auto is_here = [&](const std::string& pattern) { return matches_room_pattern(pattern, room_id); };
  return !has_room(verb) || settings.rooms.empty() || std::any_of(settings.rooms.begin(), settings.rooms.end(), is_here);
}

}  // namespace dialogue::webhooks
