// shared/vectors/schema/*.json through the whole way that a definition file takes: loader, catalogue, validator.
// A file is an array of groups {description, schema, tests: [{description, data, valid, path?, code?}]}.
#include <catch2/catch.hpp>
#include <filesystem>

#include "server/definitions/schema/schema_json.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/validate/validator.hpp"
#include "tests/server/definitions/definition_files.hpp"
#include "tests/source_dir.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::definitions;
using namespace dialogue::testing;

std::vector<std::filesystem::path> vector_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(source_dir()) / "shared/vectors/schema"))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> catalogue_of(const JsonValue& schema, std::string_view file_text) {
  Definitions definitions;
  Diagnostics problems(file_text);
  definitions.events.push_back(
      {"event", load_schema(schema, "", definitions.schemas, problems), Delivery::reliable, "", {}, {}, ""});
  for (const Diagnostic& problem : problems.take()) FAIL_CHECK(format_problem(problem, "schema"));
  CatalogueResult result = make_catalogue(definitions);
  for (const DefinitionError& fault : result.faults) FAIL_CHECK(fault.where + " " + fault.message);
  return std::move(result.bytes);
}

std::string_view name_of(ErrorCode code) {
  for (const ErrorRow& row : kErrors)
    if (row.code == code) return row.name;
  return "";
}

void check_vector(const CatalogueView& catalogue, const JsonValue& test) {
  const std::string payload = to_compact_json(test.find("data")->value);
  INFO(test.find("description")->value.text << ": " << payload);
  Verdict verdict;
  validate(catalogue, 0, payload, verdict);
  INFO(name_of(verdict.code) << " at " << verdict.path());
  CHECK(verdict.valid() == test.find("valid")->value.boolean);
  if (const JsonMember* path = test.find("path")) CHECK(std::string(verdict.path()) == path->value.text);
  if (const JsonMember* code = test.find("code")) CHECK(std::string(name_of(verdict.code)) == code->value.text);
}

TEST_CASE("schema vectors hold from the definition file to the verdict") {
  std::size_t count = 0;
  for (const std::filesystem::path& path : vector_files()) {
    const std::string text = text_of(path);
    const JsonDocument document = parse_json_document(text);
    INFO(path.filename().string());
    REQUIRE_FALSE(document.problem);
    for (const JsonValue& group : document.root.items) {
      INFO(group.find("description")->value.text);
      const auto bytes = catalogue_of(group.find("schema")->value, text);
      const auto catalogue = CatalogueView::parse(bytes);
      if (!catalogue) continue;  // told by FAIL_CHECK
      for (const JsonValue& test : group.find("tests")->value.items) check_vector(*catalogue, test), ++count;
    }
  }
  CHECK(count > 100);
}

}  // namespace
