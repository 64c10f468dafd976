// Pattern text -> a tree of what it means. The first half of compile_pattern; used by pattern_compiler.cpp only. Native only.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dialogue {

/// Code points from first to last; sorted, neither overlapping nor adjacent once normalized.
using CodePointRanges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct PatternNode {
  enum class Kind : std::uint8_t { sequence, choice, repeat, characters, begin, end };
  Kind kind = Kind::sequence;
  std::vector<PatternNode> children;  ///< of sequence and choice; one for repeat
  CodePointRanges ranges;             ///< of characters
  std::uint32_t min = 0;              ///< of repeat
  std::optional<std::uint32_t> max;   ///< absent: any number
};

class PatternParser {
 public:
  explicit PatternParser(std::string_view text);
  /// The tree, or nothing with fault() and fault_offset().
  [[nodiscard]] std::optional<PatternNode> parse();
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] std::size_t fault_offset() const { return fault_offset_; }

 private:
  [[nodiscard]] std::int32_t next() const { return at_ < code_points_.size() ? code_points_[at_] : -1; }
  bool accept(char c);
  bool fail(std::string message);

  bool choice(PatternNode& out);
  bool sequence(PatternNode& out);
  bool term(PatternNode& out);
  bool group(PatternNode& out);
  bool quantifier(PatternNode& out);
  bool number(std::uint32_t& out);
  bool bounds(std::uint32_t& min, std::optional<std::uint32_t>& max);
  bool character_class(PatternNode& out);
  bool class_member(CodePointRanges& out, bool& is_set);
  bool escape(CodePointRanges& out, bool& is_set, bool in_class);
  bool hexadecimal(CodePointRanges& out, int digits);

  std::vector<std::int32_t> code_points_;
  std::vector<std::size_t> offsets_;  ///< byte of each code point, and of the end
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string fault_;
  std::size_t fault_offset_ = 0;
};

}  // namespace dialogue
