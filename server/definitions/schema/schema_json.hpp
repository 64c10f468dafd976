// JSON Schema 2020-12, the documented subset (docs/reference/schema.md) -> nodes of a SchemaGraph. A keyword outside the subset
// is a problem with its place, never ignored; so is a known keyword with a wrong value. Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>

#include "server/definitions/source/diagnostic.hpp"
#include "server/definitions/source/json_document.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue::definitions {

/// Adds `schema` and all that it refers to, and returns its node: usable only when no problem was added. `pointer` is the
/// schema's JSON pointer in its document; `#` in a `$ref` is `schema` itself.
[[nodiscard]] NodeIndex load_schema(const JsonValue& schema, std::string_view pointer, SchemaGraph& graph, Diagnostics& problems);

}  // namespace dialogue::definitions
