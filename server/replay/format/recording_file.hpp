// Splits a recording into the lines of each shard, and checks its form; the replay interprets the lines. The lines are views
// into the text. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/replay/format/recording_head.hpp"

namespace dialogue::replay {

struct RecordedLine {
  std::size_t number = 0;  ///< in the file, from 1
  std::string_view text, name;
};

struct RecordedShard {
  std::uint64_t dropped = 0;  ///< inputs before the first line, which are gone
  std::vector<RecordedLine> lines;
};

struct RecordingFile {
  RecordingHead head;
  std::vector<RecordedShard> shards;
  std::string fault;  ///< "line 7: ..."; empty: none
};

[[nodiscard]] RecordingFile read_recording(std::string_view text);

/// What is wrong with one line.
[[nodiscard]] std::string line_fault(const RecordedLine& line, std::string_view what);

/// The name that any recording's first line begins with; empty for any other text.
[[nodiscard]] std::string_view recording_name(std::string_view text);

}  // namespace dialogue::replay
