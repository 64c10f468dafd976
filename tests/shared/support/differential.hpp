// The differential test: random schemas, random documents, a part of them spoiled; the real validator and the reference must
// agree on every one. Used by differential_test.cpp, planted/ and the comparison with WebAssembly.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"
#include "tests/shared/support/document_generator.hpp"
#include "tests/shared/support/reference_validator.hpp"

namespace dialogue::testing {

inline constexpr std::size_t kDocumentsPerSchema = 40;

struct GeneratedCase {
  const CatalogueView& catalogue;
  const SchemaGraph& graph;
  NodeIndex root;
  std::string text;
};

/// Calls `visit` with `count` documents until it returns false. The same seed gives the same documents. Returns how many schemas
/// were refused.
inline std::size_t generate_cases(std::uint64_t seed, std::size_t count, const std::function<bool(const GeneratedCase&)>& visit) {
  Random random(seed);
  std::size_t refused = 0;
  for (std::size_t done = 0; done < count;) {
    SchemaGenerator schemas(random);
    Definitions definitions;
    NodeIndex root = 0;
    definitions.schemas = schemas.generate(root);
    EventDefinition event;
    event.name = "event";
    event.schema = root;
    definitions.events.push_back(event);
    const CatalogueResult built = make_catalogue(definitions);
    if (!built.ok()) {
      ++refused;
      continue;
    }
    const CatalogueView catalogue = CatalogueView::parse(built.bytes).value();
    DocumentGenerator documents(definitions.schemas, random);
    JsonTreeWriter writer(random);
    for (std::size_t i = 0; i < kDocumentsPerSchema && done < count; ++i, ++done) {
      JsonTree value = documents.document(root);
      if (random.chance(45))
        for (std::size_t times = random.below(2) + 1; times > 0; --times) documents.spoil(value);
      std::string text = writer.write(value);
      if (random.chance(20))
        for (std::size_t times = random.below(2) + 1; times > 0; --times) documents.damage(text);
      if (!visit({catalogue, definitions.schemas, root, text})) return refused;
    }
  }
  return refused;
}

/// A path with its quoted keys escaped in one way, whatever way the document had.
inline std::string normalized_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (!path.starts_with("[\"")) {
      out += path[0];
      path.remove_prefix(1);
      continue;
    }
    std::size_t end = 2;
    while (end < path.size() && path[end] != '"') end += path[end] == '\\' ? 2 : 1;
    if (end >= path.size()) return out + std::string(path);  // cut
    const ParsedJson key = JsonTreeReader::read(std::string(path.substr(1, end)));
    out += '[';
    append_json_string(out, key.tree ? key.tree->text : "");
    path.remove_prefix(end + 1);
  }
  return out;
}

struct Disagreement {
  std::string text;  ///< empty: they agree
  bool invalid = false;
  ErrorCode code = ErrorCode::ok;  ///< what the validator said
};

/// What the two say of one document, when that is not the same.
inline Disagreement compare_verdicts(const GeneratedCase& example) {
  Verdict verdict;
  validate(example.catalogue, 0, example.text, verdict);
  const auto answer = [&](std::string text, bool invalid) { return Disagreement{std::move(text), invalid, verdict.code}; };
  const std::string said = std::string(error_name(verdict.code)) + " " + normalized_path(verdict.path());
  const ParsedJson parsed = JsonTreeReader::read(example.text);
  const bool is_json_fault = verdict.code >= ErrorCode::json_syntax && verdict.code <= ErrorCode::json_depth;
  if (parsed.beyond_doubles) return answer("", false);
  if (!parsed.tree || parsed.depth > kJsonDepthMax) return answer(verdict.valid() ? "is no JSON, but passed" : "", true);
  ReferenceValidator reference(example.graph);
  const std::set<std::string> faults = reference.faults(example.root, *parsed.tree);
  if (reference.gave_up()) return answer("", false);
  if (faults.empty()) return answer(verdict.valid() ? "" : "is valid, but: " + said, false);
  std::string expected;
  for (const std::string& fault : faults) expected += "\n    " + fault;
  if (verdict.valid()) return answer("passed, but:" + expected, true);
  if (verdict.path().ends_with("...")) return answer("", true);
  return answer(is_json_fault || !faults.contains(said) ? "found " + said + " where there is:" + expected : "", true);
}

}  // namespace dialogue::testing
