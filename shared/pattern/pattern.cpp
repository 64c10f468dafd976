// The simulation: one set of states for this place in the string, one for the next.
#include "shared/pattern/pattern.hpp"

namespace dialogue {
namespace {

/// Instructions that are to be looked at for one place in the string, each once.
class StateSet {
 public:
  void add(std::uint32_t instruction) {
    std::uint32_t& word = seen_[instruction / 32];
    const std::uint32_t bit = 1U << instruction % 32;
    if ((word & bit) != 0) return;
    word |= bit;
    states_[count_++] = static_cast<std::uint16_t>(instruction);
  }
  void clear() {
    count_ = 0;
    for (std::uint32_t& word : seen_) word = 0;
  }
  [[nodiscard]] std::uint32_t size() const { return count_; }
  [[nodiscard]] std::uint32_t operator[](std::uint32_t position) const { return states_[position]; }

 private:
  std::uint32_t count_ = 0;
  std::uint32_t seen_[kPatternInstructionsMax / 32] = {};
  std::uint16_t states_[kPatternInstructionsMax];
};

/// Follows every state of `now` over `code_point` (kTextEnd at the end) into `next`; true when the pattern is found here.
/// `now` grows while it is walked: that is how instructions that read nothing are followed.
bool step(const PatternProgram& program, std::int32_t code_point, bool at_begin, StateSet& now, StateSet& next) {
  for (std::uint32_t i = 0; i < now.size(); ++i) {
    const std::uint32_t at = now[i], argument = program.argument(at);
    switch (program.op(at)) {
      case PatternOp::match:
        return true;
      case PatternOp::code_point:
        if (code_point == static_cast<std::int32_t>(argument)) next.add(at + 1);
        break;
      case PatternOp::one_of:
        if (code_point >= 0 && program.class_has(argument, code_point)) next.add(at + 1);
        break;
      case PatternOp::split:
        now.add(at + 1);
        [[fallthrough]];
      case PatternOp::jump:
        now.add(argument);
        break;
      case PatternOp::begin:
        if (at_begin) now.add(at + 1);
        break;
      case PatternOp::end:
        if (code_point == kTextEnd) now.add(at + 1);
        break;
    }
  }
  return false;
}

}  // namespace

bool PatternProgram::class_has(std::uint32_t offset, std::int32_t code_point) const {
  const Words ranges = words_.from(2 + size() + offset);
  const auto value = static_cast<std::uint32_t>(code_point);
  std::uint32_t begin = 0, end = class_size(offset);  // ranges before `begin` end below the value, those from `end` on do not
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (ranges[2 + 2 * middle] < value)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin < class_size(offset) && ranges[1 + 2 * begin] <= value;
}

bool pattern_matches(const PatternProgram& program, const JsonString& string) {
  StateSet sets[2];
  JsonCursor content{string.begin, string.end};
  for (std::uint32_t turn = 0;; ++turn) {
    StateSet &now = sets[turn % 2], &next = sets[(turn + 1) % 2];
    next.clear();
    now.add(0);  // it may begin at any place
    const bool at_begin = content.at == string.begin;
    const std::int32_t code_point = next_code_point(content);
    if (step(program, code_point, at_begin, now, next)) return true;
    if (code_point < 0) return false;
  }
}

}  // namespace dialogue
