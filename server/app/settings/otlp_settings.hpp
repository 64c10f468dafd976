// Header fields for --otlp-endpoint, such as a collector's key: from a file or the environment, never from the command line.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "server/app/settings/settings.hpp"
#include "server/app/settings/settings_sources.hpp"

namespace dialogue::app {

/// Of --otlp-headers-file and --otlp-headers-env. Throws SetupError; no value of a field is part of what it says.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> otlp_headers_of(const ServeSettings& settings,
                                                                               const Environment& environment);

}  // namespace dialogue::app
