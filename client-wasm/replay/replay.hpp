// Replays a client's recording: repeats the recorded calls on the same core, and reports its decisions. Pure; safe from any
// thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "client-wasm/replay/recording.hpp"

namespace dialogue::client {

struct ClientReplay {
  std::string problem;   ///< what is wrong with the recording, with its line; empty when nothing is
  bool differs = false;  ///< a decision is not the recorded one
};

/// Calls `line` for each call, and indented below it for each decision. Where a decision is not the recorded one, both are
/// reported, and at the end from which line of the recording on that is so. A recording that has lost its beginning is only
/// shown. The name that a client's recording begins with is kRecordingName.
[[nodiscard]] ClientReplay replay_client(std::string_view recording, const std::function<void(const std::string&)>& line);

}  // namespace dialogue::client
