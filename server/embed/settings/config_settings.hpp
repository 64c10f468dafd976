// The settings that are members of Config, one row each. The `dialogue` program adds its own to them (server/app/settings).
#pragma once
#include <dialogue/config.hpp>
#include <span>

#include "server/embed/settings/setting.hpp"

namespace dialogue {

/// Returns all settings, in the order of the help text.
[[nodiscard]] std::span<const Setting<Config>> config_settings();

/// Throws SetupError, which names the member, for a value that its row rejects. A default is never rejected.
void check_settings(const Config& config);

/// Copies what a reload applies: the hot settings, and the secrets whose files or variables the program's settings name.
void copy_hot_settings(Config& to, const Config& from);

}  // namespace dialogue
