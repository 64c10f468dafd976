// Whether one pattern finds something wherever another does: `[0-9]+` in every string in which `[1-9]` is found. Pure.
#pragma once
#include <cstdint>
#include <vector>

namespace dialogue::definitions {

/// Both are compiled patterns as NormalNode::pattern_program has them; an empty one is found everywhere. True only when it is
/// proved: patterns for which that takes too long are said not to include each other, unless they are the same.
[[nodiscard]] bool pattern_includes(const std::vector<std::uint32_t>& wide, const std::vector<std::uint32_t>& narrow);

}  // namespace dialogue::definitions
