// See event_blocks.hpp. The server ends lines by LF only.
#include "server/doctor/wire/event_blocks.hpp"

#include <algorithm>

namespace dialogue::doctor {
namespace {

constexpr std::string_view kType = "event: ", kData = "data: ", kBlockEnd = "\n\n";

}  // namespace

std::optional<EventBlock> EventBlocks::next(std::string_view body) {
  for (;;) {
    const std::size_t end = body.find(kBlockEnd, taken_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view lines = body.substr(taken_, end - taken_);
    taken_ = end + kBlockEnd.size();
    EventBlock block;
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
      if (line.starts_with(kType)) block.type = line.substr(kType.size());
      if (line.starts_with(kData)) block.data = line.substr(kData.size());
    }
    if (!block.data.empty()) return block;
  }
}

}  // namespace dialogue::doctor
