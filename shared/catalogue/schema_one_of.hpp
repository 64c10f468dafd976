// The rules of oneOf by which its branches exclude each other by construction, and the cases in which it is only a way of
// writing one node. Part of the normal form; native only. Why this subset: docs/decisions/012-discriminated-one-of.md.
#pragma once
#include <string>
#include <vector>

#include "shared/catalogue/schema_normal_form.hpp"

namespace dialogue {

/// Adds a fault for every oneOf that overlaps, leads to itself, or has a branch without its tag. Fills in the types of the
/// branches and narrows the types of the node. `where` has a node's place by its index.
void judge_one_ofs(std::vector<NormalNode>& nodes, const std::vector<std::string>& where, std::vector<DefinitionError>& faults);

/// Puts branches that differ by type alone into their node, since keywords speak about one type each: "a string or null" is one
/// node, however it was written. True when it did.
[[nodiscard]] bool merge_one_of(std::vector<NormalNode>& nodes, NodeIndex index);

}  // namespace dialogue
