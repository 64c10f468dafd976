// The keys and secrets that settings name by file or environment variable. Functions; used by one thread while the program
// starts. All throw SetupError, which names the setting, file or variable, and never a secret.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"
#include "server/auth/key_set.hpp"

namespace dialogue::app {

/// The keys that check tokens.
[[nodiscard]] auth::KeySet token_keys(const ProgramOptions& program, const Environment& environment);

/// The keys of the HTTP API. create_dialogue() checks their lines.
[[nodiscard]] std::vector<std::string> api_keys_of(const ProgramOptions& program, const Environment& environment);

/// The secret of hooks by HTTP. Empty without a URL, and then none of the other settings of hooks may be set.
[[nodiscard]] std::string hooks_secret(const Settings& settings, const Environment& environment);

/// Header fields for --otlp-endpoint, such as a collector's key.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> otlp_headers_of(const Settings& settings,
                                                                               const Environment& environment);

}  // namespace dialogue::app
