// Sets of states are walked until no new one turns up, which may be exponentially many: then the bound over all instructions
// holds.
#include "shared/pattern/pattern_automaton.hpp"

#include <algorithm>
#include <bit>
#include <deque>

#include "shared/json/json_scanner.hpp"
#include "shared/pattern/pattern.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kWalkMax = 5'000'000;  ///< work of one look at a pattern: some 20 ms
constexpr std::uint32_t kSurrogatesBegin = 0xD800, kSurrogatesEnd = 0xE000, kCodePointsEnd = 0x110000;
constexpr std::uint32_t kArgument = 0xFFFFFF;

PatternOp op_of(std::uint32_t instruction) { return static_cast<PatternOp>(instruction >> 24); }

}  // namespace

PatternProgress PatternAutomaton::step(const PatternProgress& from, std::int32_t code_point, bool at_begin) {
  if (from.found) return from;
  PatternProgress to;
  std::bitset<kPatternInstructionsMax> now;
  std::vector<std::uint32_t> waiting;
  const auto add = [&](std::uint32_t instruction) {
    if (now[instruction]) return;
    now.set(instruction);
    waiting.push_back(instruction);
  };
  for (std::uint32_t i = 0; i < words_[0]; ++i)
    if (from.states[i]) add(i);
  add(0);  // it may begin at any place
  while (!waiting.empty()) {
    const std::uint32_t at = waiting.back(), argument = words_[2 + at] & kArgument;
    waiting.pop_back();
    ++work_;
    switch (op_of(words_[2 + at])) {
      case PatternOp::match:
        to.found = true;
        break;  // the matcher may look at all others before it
      case PatternOp::code_point:
        if (code_point == static_cast<std::int32_t>(argument)) to.states.set(at + 1);
        break;
      case PatternOp::one_of:
        if (code_point >= 0 && class_has(argument, static_cast<std::uint32_t>(code_point))) to.states.set(at + 1);
        break;
      case PatternOp::split:
        add(at + 1);
        [[fallthrough]];
      case PatternOp::jump:
        add(argument);
        break;
      case PatternOp::begin:
        if (at_begin) add(at + 1);
        break;
      case PatternOp::end:
        if (code_point == kTextEnd) add(at + 1);
        break;
    }
  }
  return to;
}

bool PatternAutomaton::class_has(std::uint32_t offset, std::uint32_t code_point) {
  const std::uint32_t* const ranges = &words_[2 + words_[0] + offset + 1];
  std::uint32_t begin = 0, end = class_size(offset);
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    ++work_;
    if (ranges[2 * middle + 1] < code_point)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin < class_size(offset) && ranges[2 * begin] <= code_point;
}

void PatternAutomaton::add_boundaries(std::set<std::uint32_t>& out) const {
  for (std::uint32_t i = 0; i < words_[0]; ++i) {
    const std::uint32_t argument = words_[2 + i] & kArgument;
    if (op_of(words_[2 + i]) == PatternOp::code_point) out.insert({argument, argument + 1});
    if (op_of(words_[2 + i]) != PatternOp::one_of) continue;
    const std::uint32_t* const ranges = &words_[2 + words_[0] + argument + 1];
    for (std::uint32_t range = 0; range < class_size(argument); ++range)
      out.insert({ranges[2 * range], ranges[2 * range + 1] + 1});
  }
}

std::uint64_t PatternAutomaton::work_of_all() const {
  std::uint64_t work = words_[0];
  for (std::uint32_t i = 0; i < words_[0]; ++i)
    if (op_of(words_[2 + i]) == PatternOp::one_of)
      work += static_cast<std::uint64_t>(std::bit_width(class_size(words_[2 + i] & kArgument)));
  return work;
}

std::vector<std::int32_t> code_points_of(std::set<std::uint32_t> boundaries) {
  boundaries.insert({0, kSurrogatesEnd});
  boundaries.erase(boundaries.lower_bound(kSurrogatesBegin), boundaries.lower_bound(kSurrogatesEnd));  // no text has any of them
  boundaries.erase(boundaries.lower_bound(kCodePointsEnd), boundaries.end());
  return {boundaries.begin(), boundaries.end()};
}

std::uint64_t pattern_work_max(const std::vector<std::uint32_t>& words, std::uint64_t enough) {
  PatternAutomaton automaton(words);
  const std::uint64_t most = automaton.work_of_all();
  if (most <= enough) return most;
  std::set<std::uint32_t> boundaries;
  automaton.add_boundaries(boundaries);
  const std::vector<std::int32_t> kinds = code_points_of(std::move(boundaries));
  std::set<std::string> seen;
  std::deque<PatternProgress> waiting;
  waiting.emplace_back();
  std::uint64_t worst = 0;
  for (bool at_begin = true; !waiting.empty(); at_begin = false) {
    const PatternProgress here = waiting.front();
    waiting.pop_front();
    for (const std::int32_t code_point : kinds) {
      if (automaton.work() > kWalkMax) return most;
      const std::uint64_t before = automaton.work();
      const PatternProgress next = automaton.step(here, code_point, at_begin);
      worst = std::max(worst, automaton.work() - before);
      if (!next.found && seen.insert(next.key()).second) waiting.push_back(next);
    }
  }
  return worst;
}

}  // namespace dialogue
