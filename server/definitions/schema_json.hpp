// JSON Schema 2020-12, the documented subset (docs/reference/schema.md) -> nodes of a SchemaGraph. A keyword outside the subset
// is a problem with its place, never ignored; so is a known keyword with a wrong value. Not thread-safe; one loader serves one
// document.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/json_document.hpp"
#include "shared/schema.hpp"

namespace dialogue {

class SchemaLoader {
 public:
  /// `text` is the whole document, for places; all arguments must outlive the loader.
  SchemaLoader(std::string_view text, SchemaGraph& graph, std::vector<Problem>& problems)
      : text_(text), graph_(graph), problems_(problems) {}

  /// Adds the schema and all that it refers to; `pointer` is its JSON pointer in the document. "#" in a $ref is this schema.
  /// The index is valid even when problems were found.
  [[nodiscard]] NodeIndex load(const JsonValue& schema, std::string_view pointer);

 private:
  struct Context;
  std::string_view text_;
  SchemaGraph& graph_;
  std::vector<Problem>& problems_;
};

/// The description of a schema (its `description`, else `title`), or empty.
[[nodiscard]] std::string schema_description(const JsonValue& schema);

}  // namespace dialogue
