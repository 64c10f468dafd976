// The first line of a server's recording: everything that its shards were made of, so that a replay needs nothing else. The
// catalogue stands in it as its bytes, the policies beside it; schemas are in the catalogue. Pure functions.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/effects/shard_config.hpp"

namespace dialogue::replay {

inline constexpr std::string_view kRecordingName = "dialogue-recording";
inline constexpr std::uint64_t kRecordingVersion = 2;

struct RecordingHead {
  std::uint32_t shards = 1;
  std::uint64_t seed = 0;
  bool keeps_payloads = false;
  /// What was configured, without authenticator and hooks: only their names are known.
  std::unique_ptr<core::ShardConfig> config;
  struct {
    bool on_connect = false, on_join = false, on_joined = false, on_leave = false, on_disconnect = false, on_event = false;
    bool ask_connect = false, ask_join = false;
    std::vector<std::pair<std::string, bool>> middleware;  ///< its room, and whether it answers later
  } hooks;
};

/// The line, without its end.
[[nodiscard]] std::string recording_head(const core::ShardConfig& config, std::uint32_t shards, std::uint64_t seed,
                                         bool keeps_payloads);

/// Reads the line into `head`. Returns an error text; empty: the line is valid.
[[nodiscard]] std::string read_recording_head(std::string_view line, RecordingHead& head);

}  // namespace dialogue::replay
