// JSON Schema 2020-12, the documented subset (docs/reference/schema.md) -> nodes of a SchemaGraph. A keyword outside the subset
// is a problem with its place, never ignored; so is a known keyword with a wrong value. Pure; safe from any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "server/definitions/source/diagnostic.hpp"
#include "server/definitions/source/json_document.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue::definitions {

/// The `$defs` at the top of a definition file: schemas that every event's schema may refer to, each by its one node.
struct SharedSchemas {
  const JsonValue* file = nullptr;                ///< null: there are none
  std::map<const JsonValue*, NodeIndex> nodes{};  ///< of each schema in them
  bool is_good = true;                            ///< false: they have problems, so that their nodes are only half read
};

/// Reads the `$defs` of `file`, an object. In a `$ref` there, `#` is the file, of which only `#/$defs/…` can be meant.
[[nodiscard]] SharedSchemas load_shared_schemas(const JsonValue& file, SchemaGraph& graph, Diagnostics& problems);

/// Adds `schema` and all that it refers to, and returns its node: usable only when no problem was added. `pointer` is the
/// schema's JSON pointer in its document; `#` in a `$ref` is `schema` itself, and `#/$defs/NAME` the shared schema of that name
/// where it has none.
[[nodiscard]] NodeIndex load_schema(const JsonValue& schema, std::string_view pointer, SchemaGraph& graph, Diagnostics& problems,
                                    const SharedSchemas& shared = {});

}  // namespace dialogue::definitions
