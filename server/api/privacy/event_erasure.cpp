// See event_erasure.hpp.
#include "server/api/privacy/event_erasure.hpp"

#include <algorithm>

#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

std::optional<std::vector<core::SeqRange>> ordered_ranges(std::vector<core::SeqRange> ranges) {
  const auto is_bad = [](const core::SeqRange& range) {
    return range.first == 0 || range.first > range.last || range.last > kSafeIntegerMax;
  };
  if (ranges.empty() || std::any_of(ranges.begin(), ranges.end(), is_bad)) return std::nullopt;
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<core::SeqRange> ordered;
  for (const core::SeqRange& range : ranges)
    if (!ordered.empty() && range.first <= ordered.back().last + 1)
      ordered.back().last = std::max(ordered.back().last, range.last);
    else
      ordered.push_back(range);
  std::uint64_t count = 0;
  for (const core::SeqRange& range : ordered) {
    if (range.last - range.first >= kEventErasureMax) return std::nullopt;
    count += range.last - range.first + 1;
  }
  return count > kEventErasureMax ? std::nullopt : std::optional(std::move(ordered));
}

std::string ranges_text(const std::vector<core::SeqRange>& ranges) {
  return json_array(ranges, [](const core::SeqRange& range) {
    return "[" + std::to_string(range.first) + "," + std::to_string(range.last) + "]";
  });
}

}  // namespace dialogue::api
