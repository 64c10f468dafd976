// From the settings about hooks by HTTP to what asks the backend. Used while the program starts.
#pragma once
#include <optional>
#include <string>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"
#include "server/webhooks/webhook_settings.hpp"

namespace dialogue::app {

[[nodiscard]] std::optional<SettingError> check_hook_verbs(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_hook_failure(const std::string& text);

/// Without a URL none, and then none of the others may be set. Throws SetupError that names the setting, and never the secret.
[[nodiscard]] webhooks::WebhookSettings webhook_settings(const ServeSettings& settings, const Environment& environment);

}  // namespace dialogue::app
