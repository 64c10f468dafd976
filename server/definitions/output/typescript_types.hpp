// Schema nodes -> TypeScript type expressions and the comments beside them. Constraints that TypeScript cannot say go into JSDoc.
// Borrows graph and names; pure otherwise.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/definitions/output/typescript_names.hpp"

namespace dialogue::definitions {

class TypeWriter {
 public:
  TypeWriter(const SchemaGraph& graph, const TypeNames& names) : graph_(graph), names_(names) {}

  /// The type of a node where it is used: its name, or the type itself. `indent` is that of the line it stands in.
  [[nodiscard]] std::string reference(NodeIndex node, std::string_view indent, std::uint8_t types = kAnyType) const;
  /// The type itself, written out; of values of these JSON types only.
  [[nodiscard]] std::string expression(NodeIndex node, std::string_view indent, std::uint8_t types = kAnyType) const;
  /// Whether `expression` is one object type, which an interface can hold.
  [[nodiscard]] bool is_interface(NodeIndex node) const;
  /// What people should know of a node and its type cannot say: its description, then its bounds in one sentence.
  [[nodiscard]] std::string remarks(NodeIndex node) const;

 private:
  [[nodiscard]] std::string object(const SchemaNode& node, std::string_view indent) const;
  [[nodiscard]] std::string array(const SchemaNode& node, std::string_view indent) const;
  [[nodiscard]] std::string tuple(const SchemaNode& node, std::uint64_t count, std::string_view rest,
                                  std::string_view indent) const;
  [[nodiscard]] std::string choice(const SchemaNode& node, std::string_view indent, std::uint8_t types) const;
  [[nodiscard]] std::string element(NodeIndex node, std::string_view indent) const;  ///< in parentheses when it is a union
  [[nodiscard]] std::string index_signature(const SchemaNode& node, std::string_view indent) const;

  const SchemaGraph& graph_;
  const TypeNames& names_;
};

/// Whether a string of this node is a Uint8Array in TypeScript. Listed values are literals instead.
[[nodiscard]] bool is_bytes(const SchemaNode& node);

/// A JSDoc comment with its line breaks; "" for an empty text.
[[nodiscard]] std::string jsdoc(std::string_view text, std::string_view indent);

/// The bounds that a TypeScript type does not show, among them that a number is whole.
[[nodiscard]] std::string hidden_bounds(const SchemaNode& node);

/// The schemas with those listed values left out that their own bounds refuse.
[[nodiscard]] SchemaGraph with_possible_values(SchemaGraph graph);

/// The literal types of a JSON text: `"red"`, `1`, `{ "a": [true] }`.
[[nodiscard]] std::string literal_type(std::string_view json);

}  // namespace dialogue::definitions
