#include "server/definitions/output/typescript_names.hpp"

#include <algorithm>

namespace dialogue::definitions {

NodeIndex resolve_node(const SchemaGraph& graph, NodeIndex node) {
  while (graph.nodes[node].same_as) node = *graph.nodes[node].same_as;
  return node;
}

std::string pascal_case(std::string_view name) {
  std::string out;
  bool capital = true;
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    if (!lower && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
      capital = true;
      continue;
    }
    out += capital && lower ? static_cast<char>(c - ('a' - 'A')) : c;
    capital = false;
  }
  return out.empty() || (out[0] >= '0' && out[0] <= '9') ? "Event" + out : out;
}

bool allows_anything(const SchemaGraph& graph, const SchemaNode& node) {
  const auto is_any = [](const SchemaNode& each) {
    return each.types == kAnyType && !each.enumeration && !each.one_of && each.properties.empty() && each.prefix_items.empty() &&
           each.max_items != 0 && each.max_properties != 0 && each.max_length != 0;
  };
  // One level down is enough: deeper ones are written out, which is as right.
  const auto is_any_or_absent = [&](const std::optional<NodeIndex>& child) {
    if (!child) return true;
    const SchemaNode& resolved = graph.nodes[resolve_node(graph, *child)];
    return is_any(resolved) && !resolved.additional_properties && !resolved.items;
  };
  return is_any(node) && is_any_or_absent(node.additional_properties) && is_any_or_absent(node.items);
}

std::vector<std::pair<NodeIndex, std::string>> children_of(const SchemaNode& node) {
  std::vector<std::pair<NodeIndex, std::string>> out;
  for (const PropertySchema& property : node.properties)
    if (property.schema) out.emplace_back(*property.schema, property.name);
  if (node.additional_properties) out.emplace_back(*node.additional_properties, "value");
  for (const NodeIndex item : node.prefix_items) out.emplace_back(item, "item");
  if (node.items) out.emplace_back(*node.items, "item");
  if (node.one_of) {
    for (const NodeIndex branch : node.one_of->by_type) out.emplace_back(branch, "variant");
    for (const auto& [value, branch] : node.one_of->by_tag) out.emplace_back(branch, value);
  }
  return out;
}

TypeNames::TypeNames(const SchemaGraph& graph, const std::vector<const EventDefinition*>& events) : graph_(graph) {
  std::map<NodeIndex, int> uses;
  for (const EventDefinition* event : events) ++uses[resolve_node(graph, event->schema)];
  for (const EventDefinition* event : events) {
    const NodeIndex node = resolve_node(graph, event->schema);
    const SchemaNode& schema = graph.nodes[node];
    const bool has_own_name = schema.is_shared || (uses[node] > 1 && !schema.type_name.empty());
    if (!allows_anything(graph, schema)) give(node, has_own_name ? schema.type_name : event->name);
  }
  const std::size_t of_events = order_.size();
  std::set<NodeIndex> open, done;
  for (const EventDefinition* event : events) walk(event->schema, event->name, open, done);
  std::sort(order_.begin() + static_cast<std::ptrdiff_t>(of_events), order_.end(),
            [&](NodeIndex a, NodeIndex b) { return names_.at(a) < names_.at(b); });
}

const std::string* TypeNames::find(NodeIndex node) const {
  const auto name = names_.find(node);
  return name == names_.end() ? nullptr : &name->second;
}

void TypeNames::give(NodeIndex node, std::string_view wish) {
  if (names_.count(node) != 0) return;
  const std::string base = pascal_case(wish);
  std::string name = base;
  for (int number = 2; !taken_.insert(name).second; ++number) name = base + std::to_string(number);
  names_.emplace(node, std::move(name));
  order_.push_back(node);
}

void TypeNames::walk(NodeIndex start, const std::string& context, std::set<NodeIndex>& open, std::set<NodeIndex>& done) {
  const NodeIndex index = resolve_node(graph_, start);
  const SchemaNode& node = graph_.nodes[index];
  if (open.count(index) != 0) return give(index, context);  // it refers to itself, which only a named type can
  if (!done.insert(index).second) return;
  if (!node.type_name.empty() && !allows_anything(graph_, node)) give(index, node.type_name);
  open.insert(index);
  for (const auto& [child, word] : children_of(node)) walk(child, context + ' ' + word, open, done);
  open.erase(index);
}

}  // namespace dialogue::definitions
