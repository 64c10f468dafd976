// The effect of a changed payload schema on clients with the old one. Two schemas are compared in their normal form, type by
// type. Values that the old one allowed and the new one does not break publishers; differences within a type (bounds, patterns)
// do not affect readers. One comparison serves one pair of graphs, on one thread.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/definitions/compatibility/compatibility.hpp"
#include "server/definitions/schema/schema_values.hpp"
#include "shared/catalogue/schema_normal_form.hpp"

namespace dialogue::definitions {

/// The places of NormalNode::numbers.
enum NumberKeyword : std::size_t { kMinimum, kMaximum, kExclusiveMinimum, kExclusiveMaximum, kMultipleOf };

/// The schemas of all events of one version, ready to be compared.
class ComparedSchemas {
 public:
  explicit ComparedSchemas(const Definitions& definitions);

  /// False when the definitions are faulty: then nothing can be compared.
  [[nodiscard]] bool is_usable() const { return faults_.empty(); }
  /// The schema of the event at this index of the definitions.
  [[nodiscard]] NodeIndex root(std::size_t event) const { return form_.roots[event]; }
  [[nodiscard]] const NormalNode& node(NodeIndex index) const { return form_.nodes[index]; }
  /// The schema `true`.
  [[nodiscard]] NodeIndex anything() const { return static_cast<NodeIndex>(form_.nodes.size() - 1); }

  /// The plain node for values of the type `bit`, past oneOf; for objects distinguished by a tag the node with the tag.
  [[nodiscard]] NodeIndex part(NodeIndex index, std::uint8_t bit) const;
  /// The types that the node allows; with `exactly`, numbers that can only be whole are integers.
  [[nodiscard]] std::uint8_t types(NodeIndex index, bool exactly) const;
  [[nodiscard]] bool is_never(NodeIndex index) const { return node(index).types == 0; }
  /// All values of the types in `mask` that the node allows, as canonical JSON, when they are few; else nothing.
  [[nodiscard]] std::optional<std::vector<std::string>> values(NodeIndex index, std::uint8_t mask);
  /// Those of `values` that the node does not accept.
  [[nodiscard]] std::vector<std::string> refused(NodeIndex index, const std::vector<std::string>& values);
  /// The string that the required property `tag` of these objects always is.
  [[nodiscard]] std::optional<std::string> tag_value(NodeIndex index, const std::string& tag) const;

 private:
  std::vector<DefinitionError> faults_;
  NormalForm form_;
  SchemaValues values_;
};

class SchemaComparison {
 public:
  SchemaComparison(ComparedSchemas& before, ComparedSchemas& after, std::vector<Change>& changes)
      : old_(before), new_(after), changes_(changes) {}

  /// Notes the changes between two nodes. `where` is "event message, $".
  void compare(NodeIndex before, NodeIndex after, const std::string& where);

 private:
  using Node = const NormalNode&;
  void compare_values(NodeIndex before, NodeIndex after, std::uint8_t mask, const std::string& where);
  void compare_numbers(Node before, Node after, const std::string& where);
  void compare_strings(Node before, Node after, const std::string& where);
  void compare_arrays(Node before, Node after, const std::string& where);
  void compare_objects(NodeIndex before, NodeIndex after, const std::string& where);
  void compare_variants(NodeIndex before, NodeIndex after, const std::string& where);
  void compare_properties(Node before, Node after, const std::string& where);
  void compare_property(const std::string& name, Node before, Node after, const std::string& where);
  void compare_undeclared(Node before, Node after, const std::string& where);
  /// The worst that the change from one node to the other does, noting nothing.
  [[nodiscard]] Impact impact_of(NodeIndex before, NodeIndex after);
  void note_bounds(bool tighter, const SchemaNode& before, const SchemaNode& after, const std::string& where);
  void note(Impact impact, const std::string& where, std::string message) {
    changes_.push_back({impact, where, std::move(message)});
  }

  ComparedSchemas& old_;
  ComparedSchemas& new_;
  std::vector<Change>& changes_;
  using Pair = std::pair<NodeIndex, NodeIndex>;
  std::set<Pair> seen_;  ///< recursion ends at a pair that was met before
  std::shared_ptr<std::map<Pair, Impact>> impacts_ = std::make_shared<std::map<Pair, Impact>>();  ///< what impact_of() found
};

}  // namespace dialogue::definitions
