// A replay in lines: what `dialogue replay` prints, and what a test of a recording expects. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/replay/replay.hpp"

namespace dialogue::replay {

/// What is shown; absent: all.
struct ReplayFilter {
  std::optional<std::uint32_t> shard;
  /// Inputs about this connection with all that came of them, and of other inputs what was decided about it. Numbers of
  /// connections are each shard's own.
  std::optional<core::ConnectionId> connection;
};

/// "SHARD.NUMBER INPUT" and, indented, a line for each external answer and for each decision. Empty if the filter leaves
/// nothing.
[[nodiscard]] std::string text_of(const ReplayedInput& input, const ReplayFilter& filter = {});

/// The last line: what the decisions are worth, and how many there were.
[[nodiscard]] std::string text_of(const ReplayReport& report);

}  // namespace dialogue::replay
