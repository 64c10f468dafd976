// Figures about the server, for monitoring. Pure; safe from any thread.
#pragma once
#include <string>

#include "server/loop/loop_counts.hpp"

namespace dialogue::ops {

/// In the text format of Prometheus, version 0.0.4. No label names a room or a person.
[[nodiscard]] std::string metrics_text(const loop::ServerCounts& counts);

}  // namespace dialogue::ops
