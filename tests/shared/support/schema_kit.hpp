// Short ways to build catalogues and to write down verdicts in Catch2 tests.
#pragma once
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"
#include "tests/shared/support/definitions_kit.hpp"

namespace dialogue::testing {

/// What is wrong with the definitions, one line for each fault.
inline std::vector<std::string> faults_of(const Definitions& definitions) {
  std::vector<std::string> lines;
  for (const DefinitionError& fault : make_catalogue(definitions).faults) lines.push_back(fault.where + " " + fault.message);
  return lines;
}

/// A catalogue with its bytes.
struct Built {
  explicit Built(const Definitions& definitions) {
    CatalogueResult result = make_catalogue(definitions);
    for (const DefinitionError& fault : result.faults) FAIL(fault.where << " " << fault.message);
    bytes = std::move(result.bytes);
    const auto parsed = CatalogueView::parse(bytes);
    REQUIRE(parsed);
    view = *parsed;
  }
  std::vector<std::uint8_t> bytes;
  CatalogueView view;
};

/// "code path argument", or "ok": everything that a verdict says.
inline std::string verdict_of(const CatalogueView& catalogue, std::string_view payload, std::uint32_t event = 0) {
  Verdict verdict;
  validate(catalogue, event, payload, verdict);
  if (verdict.valid()) return "ok";
  std::string text = std::string(error_name(verdict.code)) + " " + std::string(verdict.path());
  if (verdict.argument_length > 0) text += " " + std::string(verdict.argument());
  return text;
}

/// The verdict on `payload` against a single node.
inline std::string verdict_of(const SchemaNode& node, std::string_view payload) {
  SchemaGraph graph;
  const NodeIndex root = graph.add(node);
  return verdict_of(Built(one_event(std::move(graph), root)).view, payload);
}

}  // namespace dialogue::testing
