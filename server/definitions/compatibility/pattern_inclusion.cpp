// Both automata run side by side over one code point of each kind that either distinguishes, until there is no new pair of
// states.
#include "server/definitions/compatibility/pattern_inclusion.hpp"

#include <deque>
#include <set>
#include <string>
#include <utility>

#include "shared/json/json_scanner.hpp"
#include "shared/pattern/pattern.hpp"
#include "shared/pattern/pattern_automaton.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::uint64_t kWorkMax = 50'000'000;  ///< of both together: under a second
const std::vector<std::uint32_t> kEverywhere = {1, 0, static_cast<std::uint32_t>(PatternOp::match) << 24};

}  // namespace

bool pattern_includes(const std::vector<std::uint32_t>& wide, const std::vector<std::uint32_t>& narrow) {
  if (wide.empty() || wide == narrow) return true;
  PatternAutomaton outer(wide), inner(narrow.empty() ? kEverywhere : narrow);
  std::set<std::uint32_t> boundaries;
  outer.add_boundaries(boundaries);
  inner.add_boundaries(boundaries);
  const std::vector<std::int32_t> kinds = code_points_of(std::move(boundaries));
  std::set<std::pair<std::string, std::string>> seen;
  std::deque<std::pair<PatternProgress, PatternProgress>> waiting;  // inner, outer
  waiting.emplace_back();
  for (bool at_begin = true; !waiting.empty(); at_begin = false) {
    const auto [in, out] = waiting.front();
    waiting.pop_front();
    if (inner.step(in, kTextEnd, at_begin).found && !outer.step(out, kTextEnd, at_begin).found) return false;
    for (const std::int32_t code_point : kinds) {
      if (outer.work() + inner.work() > kWorkMax) return false;
      const PatternProgress next_out = outer.step(out, code_point, at_begin);
      if (next_out.found) continue;  // whatever follows
      const PatternProgress next_in = inner.step(in, code_point, at_begin);
      if (seen.emplace(next_in.key(), next_out.key()).second) waiting.emplace_back(next_in, next_out);
    }
  }
  return true;
}

}  // namespace dialogue::definitions
