// Writes schemas as JSON Schema 2020-12, for documents about the definitions. Nodes with a type name in TypeScript are referred
// to, all others are written in place. Reads a graph that it does not own; not thread-safe.
#pragma once
#include <string>
#include <string_view>

#include "server/definitions/output/typescript_names.hpp"
#include "shared/json/json_text.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue::definitions {

class SchemaText {
 public:
  /// `place` is the prefix of a name in a reference: "#/components/schemas/".
  SchemaText(const SchemaGraph& graph, const TypeNames& names, std::string_view place)
      : graph_(graph), names_(names), place_(place) {}

  /// The node as it stands where it is used.
  [[nodiscard]] std::string reference(NodeIndex node) const;
  /// The node itself, written out.
  [[nodiscard]] std::string schema(NodeIndex node) const;

 private:
  void add_types(JsonText& text, const SchemaNode& node) const;
  void add_number(JsonText& text, const SchemaNode& node) const;
  void add_string(JsonText& text, const SchemaNode& node) const;
  void add_array(JsonText& text, const SchemaNode& node) const;
  void add_object(JsonText& text, const SchemaNode& node) const;
  void add_one_of(JsonText& text, const OneOf& one_of) const;

  const SchemaGraph& graph_;
  const TypeNames& names_;
  std::string_view place_;
};

}  // namespace dialogue::definitions
