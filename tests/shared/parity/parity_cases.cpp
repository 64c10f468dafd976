// Prints catalogues, payloads and the native validator's verdicts, one JSON object a line, for tests/shared/wasm_parity.mjs:
// {"catalogue": base64} starts a group, {"text": base64, "verdict": "code offset path argument"} follows for each payload, with
// further faults behind a semicolon.
// Use: parity_cases DOCUMENTS [SEED]
#include <cstdio>
#include <cstdlib>

#include "shared/base/base64.hpp"
#include "tests/shared/support/differential.hpp"
#include "tests/shared/support/json_cases.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

constexpr std::uint32_t kFaultsMax = 8;  // as in wasm_parity.mjs

std::string base64_of(std::string_view bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void print_catalogue(const CatalogueView& catalogue) {
  std::printf("{\"catalogue\":\"%s\"}\n", encode_base64(catalogue.bytes()).c_str());
}

void print_case(const CatalogueView& catalogue, std::string_view text) {
  Verdict verdict;
  std::string said;
  for (std::uint32_t passed = 0; passed < kFaultsMax; ++passed) {
    validate(catalogue, 0, text, verdict, passed);
    if (passed > 0 && verdict.valid()) break;
    said += (passed > 0 ? "; " : "") + std::to_string(static_cast<int>(verdict.code)) + ' ' + std::to_string(verdict.offset) +
            ' ' + std::string(verdict.path()) + ' ' + std::string(verdict.argument());
    if (verdict.code <= ErrorCode::json_depth) break;
  }
  std::string quoted;
  append_json_string(quoted, said);
  std::printf("{\"text\":\"%s\",\"verdict\":%s}\n", base64_of(text).c_str(), quoted.c_str());
}

/// JSON texts against a schema that allows everything and still walks through every value.
void print_syntax_cases() {
  Definitions definitions;
  SchemaNode walked;
  walked.items = 0;
  walked.additional_properties = 1;
  walked.max_length = kMessageBytesMax;
  definitions.schemas.add(walked);
  walked.unique_items = true;  // not at every level of arrays in arrays, which is refused
  definitions.schemas.add(walked);
  EventDefinition event;
  event.name = "event";
  definitions.events.push_back(event);
  const CatalogueResult built = make_catalogue(definitions);
  const CatalogueView catalogue = CatalogueView::parse(built.bytes).value();
  print_catalogue(catalogue);
  for (const std::string& text : accepted_json()) print_case(catalogue, text);
  for (const RefusedJson& refused : refused_json()) print_case(catalogue, refused.text);
}

}  // namespace

int main(int count, char** arguments) {
  const auto number = [&](int index, std::size_t otherwise) {
    return index < count ? static_cast<std::size_t>(std::strtoull(arguments[index], nullptr, 10)) : otherwise;
  };
  print_syntax_cases();
  const std::uint8_t* last = nullptr;
  std::uint64_t last_fingerprint = 0;
  generate_cases(number(2, 1), number(1, 1000), [&](const GeneratedCase& example) {
    const std::uint64_t fingerprint = example.catalogue.fingerprint();
    if (example.catalogue.bytes().data() != last || fingerprint != last_fingerprint) print_catalogue(example.catalogue);
    last = example.catalogue.bytes().data();
    last_fingerprint = fingerprint;
    print_case(example.catalogue, example.text);
    return true;
  });
  return 0;
}
