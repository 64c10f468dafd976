// A shard's inputs as lines of a recording: [name, monotonic_ms, unix_ms, ...]. `write` and `read` of one input stand together in
// recording_input.cpp. Pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/input.hpp"
#include "server/replay/format/recording_line.hpp"
#include "server/replay/format/recording_values.hpp"

namespace dialogue::replay {

/// The line, without its end. A message of another shard is its sender's number only: the sender's own recording leads to it.
[[nodiscard]] LineWriter input_line(const core::Input& input, core::Time now, const Privacy& privacy);

/// What a recorded input refers to.
struct InputSources {
  std::string& message;                                         ///< takes the bytes of MessageReceived
  std::function<core::ShardMessage(std::uint32_t)> message_of;  ///< the oldest one from that shard
};
/// Reads what follows name and times. Nothing when the line cannot be read.
[[nodiscard]] std::optional<core::Input> read_input(std::string_view name, LineReader& line, const InputSources& sources);

[[nodiscard]] core::Time read_time(LineReader& line);

/// Returns the connection that an input concerns, from its line; no value if it concerns none.
[[nodiscard]] std::optional<core::ConnectionId> recorded_connection(std::string_view name, std::string_view line);

}  // namespace dialogue::replay
