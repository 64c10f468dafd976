// Figures about the server for whoever watches it. Pure; safe from any thread.
#pragma once
#include <string>

#include "server/net/loop_counts.hpp"

namespace dialogue {

/// In the text format of Prometheus, version 0.0.4. No label names a room or a person.
[[nodiscard]] std::string metrics_text(const ServerCounts& counts);

}  // namespace dialogue
