// The validator against nlohmann_json and a naive reference on generated documents: 20,000 every day;
// DIALOGUE_DIFFERENTIAL_DOCUMENTS sets another number, DIALOGUE_DIFFERENTIAL_SEED another sequence.
#include "tests/shared/support/differential.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace {

using namespace dialogue;
using namespace dialogue::testing;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? static_cast<std::size_t>(std::strtoull(text, nullptr, 10)) : otherwise;
}

TEST_CASE("the validator agrees with nlohmann_json and the reference on generated documents") {
  const std::size_t count = from_environment("DIALOGUE_DIFFERENTIAL_DOCUMENTS", 20000);
  const std::size_t seed = from_environment("DIALOGUE_DIFFERENTIAL_SEED", 1);
  std::size_t done = 0, invalid = 0, disagreements = 0;
  std::set<ErrorCode> codes;
  const std::size_t refused = generate_cases(seed, count, [&](const GeneratedCase& example) {
    const Disagreement found = compare_verdicts(example);
    ++done;
    invalid += found.invalid ? 1 : 0;
    codes.insert(found.code);
    if (!found.text.empty()) {
      constexpr std::size_t kToldMax = 10;
      if (++disagreements <= kToldMax) UNSCOPED_INFO("document " << done << ": " << example.text << "\n  " << found.text);
    }
    return true;
  });
  CHECK(disagreements == 0);
  CHECK(done == count);
  CHECK(invalid >= count / 3);
  CHECK(invalid <= count * 3 / 4);
  for (const ErrorRow& row : kErrors) {
    if (row.code > ErrorCode::value_forbidden || row.code == ErrorCode::json_depth) continue;  // documents are not that deep
    INFO(row.name);
    CHECK(codes.contains(row.code));
  }
  CHECK(refused < count / kDocumentsPerSchema);
}

}  // namespace
