// A compiled pattern and its execution: all its states in parallel over a string's code points, so that time is linear in the
// string for any pattern (Thompson, "Regular expression search algorithm", 1968). pattern_compiler.hpp makes the program.
// Supported patterns: docs/reference/schema.md. Pure; safe from any thread.
#pragma once
#include <cstdint>

#include "shared/json/json_scanner.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {

/// An instruction is op << 24 | argument.
enum class PatternOp : std::uint8_t {
  match,       ///< the whole pattern was found
  code_point,  ///< the argument is the next code point
  one_of,      ///< the next code point is in the class at the argument: [count] then [first][last] each, ascending
  split,       ///< continues at the next instruction and at the argument
  jump,        ///< continues at the argument
  begin,       ///< the string begins here
  end,         ///< the string ends here
};

/// A checked program inside a catalogue: the words after the source text of NodeField::pattern.
class PatternProgram {
 public:
  explicit PatternProgram(Words words) : words_(words) {}
  [[nodiscard]] std::uint32_t size() const { return words_[0]; }
  [[nodiscard]] PatternOp op(std::uint32_t index) const { return static_cast<PatternOp>(words_[2 + index] >> 24); }
  [[nodiscard]] std::uint32_t argument(std::uint32_t index) const { return words_[2 + index] & 0xFFFFFF; }
  /// Ranges of the class at `offset`.
  [[nodiscard]] std::uint32_t class_size(std::uint32_t offset) const { return words_[2 + size() + offset]; }
  /// Whether the class at `offset` has `code_point`.
  [[nodiscard]] bool class_has(std::uint32_t offset, std::int32_t code_point) const;

 private:
  Words words_;
};

/// Whether the pattern is found anywhere in the string (JSON Schema 6.3.3: not anchored). At most size() steps for each code
/// point.
[[nodiscard]] bool pattern_matches(const PatternProgram& program, const JsonString& string);

}  // namespace dialogue
