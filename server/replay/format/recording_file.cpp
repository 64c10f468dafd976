// See recording_file.hpp.
#include "server/replay/format/recording_file.hpp"

#include <algorithm>

#include "server/replay/format/recording_line.hpp"

namespace dialogue::replay {
namespace {

std::string_view name_of(std::string_view line) {
  if (!line.starts_with("[\"")) return {};
  const std::size_t end = line.find('"', 2);
  return end == std::string_view::npos ? std::string_view() : line.substr(2, end - 2);
}

std::vector<RecordedLine> split(std::string_view text) {
  std::vector<RecordedLine> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.push_back({lines.size() + 1, line, name_of(line)});
  }
  return lines;
}

/// ["shard", index, dropped]: begins a part.
std::string begin_shard(const RecordedLine& line, RecordingFile& file) {
  LineReader reader(line.text);
  const std::uint64_t index = reader.number();
  RecordedShard shard;
  shard.dropped = reader.number();
  reader.end();
  if (!reader.is_well() || index != file.shards.size() || index >= file.head.shards)
    return line_fault(line, "this is not the beginning of shard " + std::to_string(file.shards.size()));
  file.shards.push_back(std::move(shard));
  return {};
}

std::string add_line(const RecordedLine& line, RecordingFile& file) {
  if (line.name == "shard") return begin_shard(line, file);
  if (line.name.empty() || file.shards.empty()) return line_fault(line, "this is not a line of a recording");
  file.shards.back().lines.push_back(line);
  return {};
}

}  // namespace

std::string line_fault(const RecordedLine& line, std::string_view what) {
  return "line " + std::to_string(line.number) + ": " + std::string(what);
}

std::string_view recording_name(std::string_view text) { return name_of(text.substr(0, text.find('\n'))); }

RecordingFile read_recording(std::string_view text) {
  RecordingFile file;
  const std::vector<RecordedLine> lines = split(text);
  if (lines.empty()) {
    file.fault = "line 1: the file is empty";
    return file;
  }
  if (const std::string fault = read_recording_head(lines[0].text, file.head); !fault.empty()) {
    file.fault = line_fault(lines[0], fault);
    return file;
  }
  if (lines.back().text != "[\"end\"]" || !text.ends_with('\n')) {
    file.fault = line_fault(lines.back(), "the recording is cut here: its last line would be [\"end\"]");
    return file;
  }
  for (std::size_t i = 1; i + 1 < lines.size() && file.fault.empty(); ++i) file.fault = add_line(lines[i], file);
  if (file.fault.empty() && file.shards.size() != file.head.shards)
    file.fault = line_fault(lines.back(), "shards are missing: there are " + std::to_string(file.shards.size()) + " of " +
                                              std::to_string(file.head.shards));
  return file;
}

}  // namespace dialogue::replay
