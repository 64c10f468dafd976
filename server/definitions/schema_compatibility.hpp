// What a changed payload schema means for those who hold the old one. A comparison of two schemas, node by node: what the old one
// allowed and the new one does not breaks publishers; what types cannot tell apart (bounds, patterns) is no matter for readers.
// One comparison serves one pair of graphs, on one thread.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/definitions/compatibility.hpp"
#include "shared/schema.hpp"

namespace dialogue {

class SchemaComparison {
 public:
  SchemaComparison(const SchemaGraph& before, const SchemaGraph& after, std::vector<Change>& changes)
      : before_graph_(before), after_graph_(after), changes_(changes) {}

  /// Notes the changes between two nodes; an absent one allows anything. `where` is "event message, $".
  void compare(std::optional<NodeIndex> before, std::optional<NodeIndex> after, const std::string& where);

 private:
  using Node = const SchemaNode&;
  void compare_types(Node before, Node after, const std::string& where);
  void compare_values(Node before, Node after, const std::string& where);
  void compare_bounds(Node before, Node after, const std::string& where);
  void compare_properties(Node before, Node after, const std::string& where);
  void property_gone(const PropertySchema& property, Node before, Node after, const std::string& where);
  void property_new(const PropertySchema& property, Node before, Node after, const std::string& where);
  void compare_other_properties(Node before, Node after, const std::string& where);
  void compare_items(Node before, Node after, const std::string& where);
  void compare_variants(Node before, Node after, const std::string& where);
  void note(Impact impact, const std::string& where, std::string message) {
    changes_.push_back({impact, where, std::move(message)});
  }
  [[nodiscard]] bool is_never(const SchemaGraph& graph, std::optional<NodeIndex> node) const;

  const SchemaGraph& before_graph_;
  const SchemaGraph& after_graph_;
  std::vector<Change>& changes_;
  std::set<std::pair<std::optional<NodeIndex>, std::optional<NodeIndex>>>
      seen_;  ///< recursion ends at a pair that was met before
};

}  // namespace dialogue
