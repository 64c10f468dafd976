// The tree of a pattern, written out as instructions.
#include "shared/pattern/pattern_compiler.hpp"

#include "shared/pattern/pattern.hpp"
#include "shared/pattern/pattern_parser.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

/// Writes a tree as instructions, by Thompson's construction: each part continues at the instruction after it.
class Emitter {
 public:
  explicit Emitter(CompiledPattern& out) : out_(out) {}

  void emit(const PatternNode& node) {
    if (too_large()) return;
    switch (node.kind) {
      case PatternNode::Kind::sequence:
        for (const PatternNode& child : node.children) emit(child);
        break;
      case PatternNode::Kind::choice:
        choice(node);
        break;
      case PatternNode::Kind::repeat:
        repeat(node);
        break;
      case PatternNode::Kind::characters:
        characters(node.ranges);
        break;
      case PatternNode::Kind::begin:
        add(PatternOp::begin);
        break;
      case PatternNode::Kind::end:
        add(PatternOp::end);
        break;
    }
  }

  std::size_t add(PatternOp op, std::uint32_t argument = 0) {
    out_.instructions.push_back(static_cast<std::uint32_t>(op) << 24 | argument);
    return out_.instructions.size() - 1;
  }

  [[nodiscard]] bool too_large() const { return out_.instructions.size() > kPatternInstructionsMax; }

 private:
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(out_.instructions.size()); }
  void aim(std::size_t instruction, std::uint32_t target) { out_.instructions[instruction] |= target; }

  void choice(const PatternNode& node) {
    std::vector<std::size_t> jumps;
    for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
      const std::size_t split = add(PatternOp::split);
      emit(node.children[i]);
      jumps.push_back(add(PatternOp::jump));
      aim(split, here());
    }
    emit(node.children.back());
    for (const std::size_t jump : jumps) aim(jump, here());
  }

  void repeat(const PatternNode& node) {
    for (std::uint32_t i = 0; i < node.min && !too_large(); ++i) {
      const std::uint32_t before = here();
      emit(node.children[0]);
      if (here() == before) break;  // an empty group, however often
    }
    if (!node.max) {
      const std::uint32_t start = here();
      const std::size_t split = add(PatternOp::split);
      emit(node.children[0]);
      add(PatternOp::jump, start);
      aim(split, here());
      return;
    }
    std::vector<std::size_t> splits;
    for (std::uint32_t i = node.min; i < *node.max && !too_large(); ++i) {
      splits.push_back(add(PatternOp::split));
      emit(node.children[0]);
    }
    for (const std::size_t split : splits) aim(split, here());
  }

  void characters(const CodePointRanges& ranges) {
    if (ranges.size() == 1 && ranges[0].first == ranges[0].second) {
      add(PatternOp::code_point, ranges[0].first);
      return;
    }
    add(PatternOp::one_of, static_cast<std::uint32_t>(out_.class_words.size()));
    out_.class_words.push_back(static_cast<std::uint32_t>(ranges.size()));
    for (const auto& [first, last] : ranges) out_.class_words.insert(out_.class_words.end(), {first, last});
  }

  CompiledPattern& out_;
};

}  // namespace

CompiledPattern compile_pattern(std::string_view pattern) {
  CompiledPattern result;
  PatternParser parser(pattern);
  const std::optional<PatternNode> tree = parser.parse();
  if (!tree) {
    result.fault = parser.fault();
    result.fault_offset = parser.fault_offset();
    return result;
  }
  Emitter emitter(result);
  emitter.emit(*tree);
  emitter.add(PatternOp::match);
  if (emitter.too_large())
    result.fault =
        "is too large: repetitions are expanded, and more than " + std::to_string(kPatternInstructionsMax) + " steps do not fit.";
  return result;
}

}  // namespace dialogue
