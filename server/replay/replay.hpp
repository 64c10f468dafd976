// Runs a server's shards again on what their Recorders kept, and compares what they decide. The shards run as a network of
// queues, each until it waits for a shard message that another has not posted yet, so that shard messages need not be in the
// recording. Pure: no clock, no chance, no store; all of them are in the recording. Used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/handles.hpp"

namespace dialogue::replay {

/// One input of a shard and what came of it.
struct ReplayedInput {
  struct Decision {
    std::string text;
    std::optional<core::ConnectionId> connection;  ///< that it is about
  };
  std::uint32_t shard = 0;
  std::uint64_t number = 0;                      ///< of the shard's inputs, from 1
  std::string_view line;                         ///< as it was recorded
  std::vector<std::string_view> effects;         ///< the recorded external answers
  std::optional<core::ConnectionId> connection;  ///< that it is about
  std::vector<Decision> decisions;
};

struct ReplayReport {
  enum class Outcome : std::uint8_t {
    same,         ///< the decisions are those of the run
    different,    ///< they are not
    incomplete,   ///< the same as far as it goes: a message that was taken was never sent in the recording
    inputs_only,  ///< the beginning is gone, so nothing could be decided again
    damaged,      ///< the recording cannot be read
  };
  Outcome outcome = Outcome::same;
  std::string sentence;  ///< for people; for damaged it begins with the line
  std::uint64_t inputs = 0, decisions = 0;
};

/// Replays a whole recording, and compares its decisions. `each` gets every input when it was run, those of one shard in order.
[[nodiscard]] ReplayReport verify(std::string_view recording, const std::function<void(const ReplayedInput&)>& each);

}  // namespace dialogue::replay
