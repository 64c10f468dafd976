// Which schema nodes become separate TypeScript types, and their names: the payload of each event is named after the event,
// unless several share it; nodes with a name in the definitions; and nodes that refer back to themselves. Deterministic. Made
// once for one module; immutable afterwards.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

class TypeNames {
 public:
  /// `events` in the order in which names are given away.
  TypeNames(const SchemaGraph& graph, const std::vector<const EventDefinition*>& events);

  /// The name of a resolved node's type, or nullptr when it is written where it stands.
  [[nodiscard]] const std::string* find(NodeIndex node) const;
  /// Named nodes: those of events in their order, then the others by name.
  [[nodiscard]] const std::vector<NodeIndex>& in_order() const { return order_; }

 private:
  void give(NodeIndex node, std::string_view wish);
  void walk(NodeIndex node, const std::string& context, std::set<NodeIndex>& open, std::set<NodeIndex>& done);

  const SchemaGraph& graph_;
  std::map<NodeIndex, std::string> names_;
  /// What a module may import, declare and use itself.
  std::set<std::string> taken_ = {"BySession",      "Calls",  "DialogueApp", "EventSchemas",   "Events",    "Filterable",
                                  "PresenceStates", "Record", "Rooms",       "StandardSchema", "Uint8Array"};
  std::vector<NodeIndex> order_;
};

/// The node itself, past any bare references.
[[nodiscard]] NodeIndex resolve_node(const SchemaGraph& graph, NodeIndex node);

/// "game.move" -> "GameMove"; a name that begins with a digit, or has no letter or digit at all, gets "Event" in front.
[[nodiscard]] std::string pascal_case(std::string_view name);

/// Whether the schema has no constraint that a type could express: any JSON, within bounds at most.
[[nodiscard]] bool allows_anything(const SchemaGraph& graph, const SchemaNode& node);

/// The nodes that a node refers to, each with the word that leads there ("price", "item", "value", "variant").
[[nodiscard]] std::vector<std::pair<NodeIndex, std::string>> children_of(const SchemaNode& node);

}  // namespace dialogue::definitions
