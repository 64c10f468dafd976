// The keys of the HTTP API, read from where settings say they are. Used while the program starts.
#pragma once
#include <string>
#include <vector>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"

namespace dialogue::app {

/// Throws SetupError for a file or variable that is not there or holds no key. Keys' own faults are create_dialogue's business.
[[nodiscard]] std::vector<std::string> api_keys_of(const ServeSettings& settings, const Environment& environment);

}  // namespace dialogue::app
