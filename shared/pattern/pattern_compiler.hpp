// Pattern text -> program for shared/pattern/pattern.hpp. The subset of ECMA-262 regular expressions that needs no backtracking;
// which one exactly, and why: docs/reference/schema.md, docs/decisions/013-pattern-subset.md. Native only. Pure; safe from any
// thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue {

struct CompiledPattern {
  std::vector<std::uint32_t> instructions, class_words;
  std::string fault;             ///< one sentence; empty when it compiled
  std::size_t fault_offset = 0;  ///< byte of the pattern that the fault is about
};

[[nodiscard]] CompiledPattern compile_pattern(std::string_view pattern);

}  // namespace dialogue
