// A catalogue with one event, whose payload is the schema in question.
#include "server/definitions/schema/schema_values.hpp"

#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::definitions {

SchemaValues::SchemaValues(const SchemaGraph& graph) {
  definitions_.schemas = graph;
  definitions_.schemas.add({});
  definitions_.events.emplace_back().name = "value";
}

std::vector<std::string> SchemaValues::accepted(NodeIndex node, const std::vector<std::string>& values) {
  std::vector<std::string> out;
  definitions_.events.front().schema = node;
  const CatalogueResult built = make_catalogue(definitions_);
  const auto catalogue = CatalogueView::parse(built.bytes);
  if (!catalogue) return out;
  Verdict verdict;
  for (const std::string& value : values) {
    validate(*catalogue, 0, value, verdict);
    if (verdict.valid()) out.push_back(value);
  }
  return out;
}

}  // namespace dialogue::definitions
