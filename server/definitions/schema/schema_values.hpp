// Which JSON values single schemas of a graph accept, by the validator itself: for tools that reason about listed values
// (`check --against`, generated types). Owns a copy of the graph; not thread-safe.
#pragma once
#include <string>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

class SchemaValues {
 public:
  explicit SchemaValues(const SchemaGraph& graph);

  /// Those of `values`, each a JSON text, that `node` accepts, in their order. The node behind the graph's last one accepts
  /// anything. A schema that no catalogue can hold accepts nothing.
  [[nodiscard]] std::vector<std::string> accepted(NodeIndex node, const std::vector<std::string>& values);

 private:
  Definitions definitions_;
};

}  // namespace dialogue::definitions
