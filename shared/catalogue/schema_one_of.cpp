// The rules of oneOf: which alternatives may be combined, and when a choice is invalid.
#include "shared/catalogue/schema_one_of.hpp"

#include <algorithm>

#include "shared/json/json_reader.hpp"
#include "shared/schema/canonical_json.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

class Judge {
 public:
  Judge(std::vector<NormalNode>& nodes, const std::vector<std::string>& where, std::vector<DefinitionError>& faults)
      : nodes_(nodes), where_(where), faults_(faults) {}

  void run() {
    for (NodeIndex index = 0; index < nodes_.size(); ++index)
      if (nodes_[index].one_of && chain_length(index, 0) > kOneOfChainMax)
        fault(index, "has oneOf directly inside oneOf more than 8 times, or leads to itself without reading anything.");
    if (!faults_.empty()) return;
    for (NodeIndex index = 0; index < nodes_.size(); ++index)
      if (nodes_[index].one_of) judge(index);
  }

 private:
  void fault(NodeIndex index, std::string message) { faults_.push_back({where_[index], std::move(message)}); }

  template <class Visit>
  void for_each_branch(NodeIndex index, Visit&& visit) const {
    for (const auto& [value, branch] : nodes_[index].one_of->by_tag) visit(branch);
    for (const auto& [types, branch] : nodes_[index].one_of->by_type) visit(branch);
  }

  std::uint32_t chain_length(NodeIndex index, std::uint32_t before) const {
    if (!nodes_[index].one_of || before > kOneOfChainMax) return before;
    std::uint32_t longest = before + 1;
    for_each_branch(index, [&](NodeIndex branch) { longest = std::max(longest, chain_length(branch, before + 1)); });
    return longest;
  }

  std::uint8_t types_of(NodeIndex index) const {
    if (!nodes_[index].one_of) return nodes_[index].types;
    std::uint8_t types = 0;
    for_each_branch(index, [&](NodeIndex branch) { types |= types_of(branch); });
    return types & nodes_[index].types;
  }

  void judge(NodeIndex index) {
    NormalOneOf& one_of = *nodes_[index].one_of;
    std::uint8_t types = one_of.by_tag.empty() ? 0 : kObject;
    for (auto& [branch_types, branch] : one_of.by_type) {
      branch_types = types_of(branch) & nodes_[index].types;
      if ((branch_types & types) != 0) fault(index, "has oneOf branches that overlap: two of them allow the same type.");
      types |= branch_types;
    }
    std::erase_if(one_of.by_type, [](const auto& entry) { return entry.first == 0; });
    std::sort(one_of.by_type.begin(), one_of.by_type.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    judge_tags(index, one_of);
    nodes_[index].types &= types;
  }

  void judge_tags(NodeIndex index, NormalOneOf& one_of) {
    std::sort(one_of.by_tag.begin(), one_of.by_tag.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < one_of.by_tag.size(); ++i) {
      const auto& [value, branch] = one_of.by_tag[i];
      if (i > 0 && value == one_of.by_tag[i - 1].first) fault(index, "has two oneOf branches for the same " + one_of.tag + ".");
      std::string constant;
      append_json_string(constant, value);
      if (!demands(branch, one_of.tag, constant))
        fault(index, "has a oneOf branch that does not require " + one_of.tag + " to be the constant " + constant + ".");
    }
  }

  /// Whether only objects whose required property `tag` is `constant` fit the node.
  bool demands(NodeIndex index, const std::string& tag, const std::string& constant) const {
    const NormalNode& node = nodes_[index];
    if (types_of(index) != kObject) return false;
    if (node.one_of) {
      bool all = true;
      for_each_branch(index, [&](NodeIndex branch) { all = all && demands(branch, tag, constant); });
      return all;
    }
    const auto property =
        std::find_if(node.properties.begin(), node.properties.end(), [&](const auto& p) { return p.name == tag; });
    return property != node.properties.end() && property->required &&
           nodes_[property->node].enumeration == std::vector<std::string>{constant};
  }

  std::vector<NormalNode>& nodes_;
  const std::vector<std::string>& where_;
  std::vector<DefinitionError>& faults_;
};

/// The values of a type that has only a few, so that it can stand in a list; false when the branch has no list and cannot get
/// one.
bool list_values(NormalNode& node) {
  if (!node.enumeration.empty()) return true;
  if ((node.types & ~(kNull | kBoolean)) != 0) return false;
  if ((node.types & kBoolean) != 0) node.enumeration = {"false", "true"};
  if ((node.types & kNull) != 0) node.enumeration.push_back("null");
  return true;
}

/// Adds the constraints of `branch`, which is about other types than `node`.
void add_branch(NormalNode& node, NormalNode&& branch) {
  for (std::size_t i = 0; i < node.numbers.size(); ++i)
    if (branch.numbers[i]) node.numbers[i] = branch.numbers[i];
  for (std::size_t i = 0; i < node.counts.size(); ++i)
    if (branch.counts[i]) node.counts[i] = branch.counts[i];
  if (branch.pattern) {
    node.pattern = std::move(branch.pattern);
    node.pattern_program = std::move(branch.pattern_program);
  }
  if (branch.format != Format::none) node.format = branch.format;
  node.unique_items |= branch.unique_items;
  if (!branch.properties.empty()) node.properties = std::move(branch.properties);
  if (branch.additional) node.additional = branch.additional;
  if (branch.items) node.items = branch.items;
  if (!branch.prefix_items.empty()) node.prefix_items = std::move(branch.prefix_items);
  node.enumeration.insert(node.enumeration.end(), branch.enumeration.begin(), branch.enumeration.end());
}

}  // namespace

void judge_one_ofs(std::vector<NormalNode>& nodes, const std::vector<std::string>& where, std::vector<DefinitionError>& faults) {
  Judge(nodes, where, faults).run();
}

bool merge_one_of(std::vector<NormalNode>& nodes, NodeIndex index) {
  const NormalNode& before = nodes[index];
  if (!before.one_of || !before.one_of->by_tag.empty()) return false;
  std::vector<NormalNode> branches;
  bool any_list = false, all_lists = true;
  for (const auto& [types, branch] : before.one_of->by_type) {
    if (nodes[branch].one_of) return false;
    NormalNode copy = nodes[branch];
    copy.types &= before.types;
    if (copy.types == 0) continue;
    drop_inapplicable(copy);
    any_list |= !copy.enumeration.empty();
    branches.push_back(std::move(copy));
  }
  if (any_list)
    for (NormalNode& branch : branches) all_lists = list_values(branch) && all_lists;
  if (!all_lists) return false;
  NormalNode merged;
  merged.types = before.types;
  for (NormalNode& branch : branches) add_branch(merged, std::move(branch));
  sort_values(merged.enumeration);
  nodes[index] = std::move(merged);
  return true;
}

}  // namespace dialogue
