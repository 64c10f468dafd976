// Refinement from local signatures until the number of classes stays; then numbering along the edges.
#include "shared/catalogue/schema_classes.hpp"

#include <map>
#include <set>
#include <utility>

namespace dialogue {
namespace {

/// Everything about a node but which nodes its children are, as one text.
std::string signature(const NormalNode& node) {
  std::string text;
  const auto add = [&](const std::string& part) { text += std::to_string(part.size()) + ':' + part; };
  const auto add_optional = [&](const auto& part) { text += part ? '+' : '-'; };
  add({static_cast<char>(node.types), static_cast<char>(node.format), static_cast<char>(node.unique_items)});
  for (const auto& number : node.numbers) add(number.value_or(""));
  for (const auto& count : node.counts) add(count ? std::to_string(*count) : "");
  add_optional(node.pattern);
  add(node.pattern.value_or(""));
  add(std::to_string(node.properties.size()));
  for (const NormalProperty& property : node.properties) add(property.name + (property.required ? '!' : '?'));
  add_optional(node.additional);
  add_optional(node.items);
  add(std::to_string(node.prefix_items.size()));
  add(std::to_string(node.enumeration.size()));
  for (const std::string& value : node.enumeration) add(value);
  add_optional(node.one_of);
  if (!node.one_of) return text;
  add(node.one_of->tag);
  add(std::to_string(node.one_of->by_tag.size()));
  for (const auto& [value, branch] : node.one_of->by_tag) add(value);
  for (const auto& [types, branch] : node.one_of->by_type) add(std::to_string(types));
  return text;
}

/// Nodes that the roots reach, in depth-first order.
std::vector<NodeIndex> reachable(const NormalForm& form) {
  std::vector<NodeIndex> order, stack(form.roots.rbegin(), form.roots.rend());
  std::vector<bool> seen(form.nodes.size());
  while (!stack.empty()) {
    const NodeIndex index = stack.back();
    stack.pop_back();
    if (seen[index]) continue;
    seen[index] = true;
    order.push_back(index);
    std::vector<NodeIndex> children;
    for_each_child(form.nodes[index], [&](const NodeIndex& child) { children.push_back(child); });
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  return order;
}

/// Divides nodes until the nodes of one class have children of the same classes. Nodes whose children have changed their class
/// are looked at again, and no others.
class Division {
 public:
  Division(const NormalForm& form, const std::vector<NodeIndex>& order) : form_(form), class_of_(form.nodes.size()) {
    std::vector<std::vector<NodeIndex>> parents(form.nodes.size());
    std::map<std::string, NodeIndex> by_signature;
    for (const NodeIndex index : order) {
      for_each_child(form.nodes[index], [&](const NodeIndex& child) { parents[child].push_back(index); });
      class_of_[index] =
          by_signature.try_emplace(signature(form.nodes[index]), static_cast<NodeIndex>(by_signature.size())).first->second;
    }
    sizes_.resize(by_signature.size());
    for (const NodeIndex index : order) ++sizes_[class_of_[index]];
    for (std::vector<NodeIndex> open = order; !open.empty();) {
      std::set<NodeIndex> next;
      for (const NodeIndex moved : split(open)) next.insert(parents[moved].begin(), parents[moved].end());
      open.assign(next.begin(), next.end());
    }
  }

  [[nodiscard]] std::vector<NodeIndex> take() { return std::move(class_of_); }

 private:
  /// Splits the classes of these nodes by their children's classes. Returns the nodes that have got a new class.
  std::vector<NodeIndex> split(const std::vector<NodeIndex>& open) {
    std::map<NodeIndex, std::map<std::vector<NodeIndex>, std::vector<NodeIndex>>> classes;
    for (const NodeIndex index : open) {
      std::vector<NodeIndex> children;
      for_each_child(form_.nodes[index], [&](const NodeIndex& child) { children.push_back(class_of_[child]); });
      classes[class_of_[index]][std::move(children)].push_back(index);
    }
    std::vector<NodeIndex> moved;
    for (const auto& [number, groups] : classes) {
      // The largest part keeps the number: those that are not looked at, which all of these differ from, or a group.
      std::size_t rest = sizes_[number];
      const std::vector<NodeIndex>* largest = nullptr;
      for (const auto& [children, group] : groups) {
        rest -= group.size();
        if (largest == nullptr || group.size() > largest->size()) largest = &group;
      }
      for (const auto& [children, group] : groups) {
        if (rest == 0 && &group == largest) continue;
        sizes_[number] -= group.size();
        for (const NodeIndex index : group) class_of_[index] = static_cast<NodeIndex>(sizes_.size());
        sizes_.push_back(group.size());
        moved.insert(moved.end(), group.begin(), group.end());
      }
    }
    return moved;
  }

  const NormalForm& form_;
  std::vector<NodeIndex> class_of_;
  std::vector<std::size_t> sizes_;  ///< by class
};

/// Returns the form with one node for each class, numbered like the classes.
NormalForm quotient(const NormalForm& form, const std::vector<NodeIndex>& order, const std::vector<NodeIndex>& class_of) {
  NormalForm result;
  for (const NodeIndex index : order) {
    const NodeIndex number = class_of[index];
    if (number >= result.nodes.size()) result.nodes.resize(number + 1);
    result.nodes[number] = form.nodes[index];
    for_each_child(result.nodes[number], [&](NodeIndex& child) { child = class_of[child]; });
  }
  for (const NodeIndex root : form.roots) result.roots.push_back(class_of[root]);
  return result;
}

}  // namespace

NormalForm reduce_to_classes(const NormalForm& form) {
  const std::vector<NodeIndex> order = reachable(form);
  const NormalForm classes = quotient(form, order, Division(form, order).take());
  // Numbered again along the classes' own edges: how often a node was repeated must not show in the order.
  const std::vector<NodeIndex> class_order = reachable(classes);
  std::vector<NodeIndex> number_of(classes.nodes.size());
  for (NodeIndex i = 0; i < class_order.size(); ++i) number_of[class_order[i]] = i;
  return quotient(classes, class_order, number_of);
}

}  // namespace dialogue
