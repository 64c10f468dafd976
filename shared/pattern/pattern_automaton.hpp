// A compiled pattern as an automaton that tools can walk: state by state, over one code point of each kind that it
// distinguishes. For analyses while definitions are read: the worst-case cost of a pattern, and whether one includes another.
// Native only; it borrows the program. Not thread-safe: walking counts its work.
#pragma once
#include <bitset>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {

/// The progress of a pattern in a string: its states, or that it was found already.
struct PatternProgress {
  std::bitset<kPatternInstructionsMax> states;
  bool found = false;
  [[nodiscard]] std::string key() const { return found ? "found" : states.to_string(); }
};

class PatternAutomaton {
 public:
  /// `words`: [instruction count][class word count][instructions][class words], as NormalNode::pattern_program has them.
  explicit PatternAutomaton(const std::vector<std::uint32_t>& words) : words_(words) {}

  /// One code point on, or kTextEnd.
  [[nodiscard]] PatternProgress step(const PatternProgress& from, std::int32_t code_point, bool at_begin);

  /// Adds the first code point of each run that this pattern treats alike.
  void add_boundaries(std::set<std::uint32_t>& out) const;

  /// Work done so far: 1 for each instruction looked at, and 1 for each time that a class halves what is left of its ranges.
  [[nodiscard]] std::uint64_t work() const { return work_; }

  /// The work of all instructions at once: no step does more.
  [[nodiscard]] std::uint64_t work_of_all() const;

 private:
  [[nodiscard]] std::uint32_t class_size(std::uint32_t offset) const { return words_[2 + words_[0] + offset]; }
  [[nodiscard]] bool class_has(std::uint32_t offset, std::uint32_t code_point);

  const std::vector<std::uint32_t>& words_;
  std::uint64_t work_ = 0;
};

/// Returns one code point for each range between `boundaries`, without surrogates.
[[nodiscard]] std::vector<std::int32_t> code_points_of(std::set<std::uint32_t> boundaries);

/// Returns the maximum work that any code point of any string costs this pattern; an upper bound if computing the exact value
/// takes too long, or if the bound is at most `enough`.
[[nodiscard]] std::uint64_t pattern_work_max(const std::vector<std::uint32_t>& words, std::uint64_t enough);

}  // namespace dialogue
