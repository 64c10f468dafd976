// The first step from a schema graph to the catalogue: references resolved, every keyword without an effect removed, and
// everything that cannot be represented reported as a fault. Two graphs with the same meaning differ after it only in how often
// a node is repeated. Native only; used by catalogue_builder.cpp. Values; no thread-safety of their own.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue {

struct NormalProperty {
  std::string name;
  NodeIndex node = 0;
  bool required = false;
};

struct NormalOneOf {
  std::string tag;                                          ///< empty when no branch is tagged
  std::vector<std::pair<std::string, NodeIndex>> by_tag;    ///< sorted by value
  std::vector<std::pair<std::uint8_t, NodeIndex>> by_type;  ///< sorted by the branch's types
};

struct NormalNode {
  std::uint8_t types = kAnyType;  ///< with kNumber there is kInteger too
  Format format = Format::none;
  bool unique_items = false;
  std::array<std::optional<std::string>, 5> numbers;   ///< NodeField::minimum to multiple_of: canonical JSON
  std::array<std::optional<std::uint32_t>, 6> counts;  ///< NodeField::min_length to max_properties
  std::optional<std::string> pattern;
  std::vector<std::uint32_t> pattern_program;  ///< as NodeField::pattern lays it out, without the source
  std::vector<NormalProperty> properties;      ///< sorted by name
  std::optional<NodeIndex> additional, items;
  std::vector<NodeIndex> prefix_items;
  std::vector<std::string> enumeration;  ///< canonical JSON, sorted; empty: anything
  std::optional<NormalOneOf> one_of;     ///< then nothing else but types
};

struct NormalForm {
  std::vector<NormalNode> nodes;
  std::vector<NodeIndex> roots;  ///< one for each root that was given
};

/// A schema's place of use, for messages: "event message".
struct SchemaRoot {
  NodeIndex node = 0;
  std::string where;
};

/// What the roots reach, in normal form. Unusable when faults were added.
[[nodiscard]] NormalForm normalize_schemas(const SchemaGraph& graph, const std::vector<SchemaRoot>& roots,
                                           std::vector<DefinitionError>& faults);

/// Removes what `node` says about types that it does not allow.
void drop_inapplicable(NormalNode& node);

/// Calls `visit(NodeIndex&)` for every child, in one order.
template <class Node, class Visit>
void for_each_child(Node& node, Visit&& visit) {
  for (auto& property : node.properties) visit(property.node);
  if (node.additional) visit(*node.additional);
  for (auto& item : node.prefix_items) visit(item);
  if (node.items) visit(*node.items);
  if (!node.one_of) return;
  for (auto& [value, branch] : node.one_of->by_tag) visit(branch);
  for (auto& [types, branch] : node.one_of->by_type) visit(branch);
}

}  // namespace dialogue
