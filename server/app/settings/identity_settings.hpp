// From the settings about identities to what checks tokens: reads the keys, and refuses what is weak, missing, or open to
// everybody without having been asked for. Used by one thread while the program starts.
#pragma once
#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"
#include "server/auth/token_authority.hpp"

namespace dialogue::app {

/// Throws SetupError that names the setting and never a key.
[[nodiscard]] auth::TokenSettings token_settings(const ServeSettings& settings, const Environment& environment);

/// Whether other machines can reach what it listens on.
[[nodiscard]] bool is_public(const ServeSettings& settings);

/// Throws SetupError when nobody could connect, or when the settings contradict each other: a server that others can reach needs
/// tokens, or a policy that was named.
void check_identity_policy(const ServeSettings& settings, const auth::TokenSettings& tokens);

}  // namespace dialogue::app
