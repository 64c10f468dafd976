// Five bugs are compiled into this program's own validator and switched on one by one: the differential test must find each of
// them within its everyday budget, and nothing when none is switched on.
#include <catch2/catch.hpp>

#include "shared/base/mutation.hpp"
#include "tests/shared/support/differential.hpp"

#ifndef DIALOGUE_MUTATIONS
#error "tests/CMakeLists.txt defines DIALOGUE_MUTATIONS for this program and compiles the validator into it"
#endif

namespace {

using namespace dialogue;
using namespace dialogue::testing;

constexpr std::size_t kEverydayDocuments = 20000;
constexpr std::uint64_t kEverydaySeed = 1;

/// How many documents it takes to see that `bug` is there; nothing when all of them agree.
std::optional<std::size_t> documents_to_find(Mutation bug) {
  mutation = bug;
  std::size_t done = 0;
  bool found = false;
  generate_cases(kEverydaySeed, kEverydayDocuments, [&](const GeneratedCase& example) {
    ++done;
    found = !compare_verdicts(example).text.empty();
    return !found;
  });
  mutation = Mutation::none;
  return found ? std::optional(done) : std::nullopt;
}

TEST_CASE("the differential test finds nothing if no bug is planted") { CHECK_FALSE(documents_to_find(Mutation::none)); }

TEST_CASE("planted bug found: lengths counted in bytes") { CHECK(documents_to_find(Mutation::length_in_bytes)); }
TEST_CASE("planted bug found: half a surrogate pair allowed") { CHECK(documents_to_find(Mutation::lone_surrogate_allowed)); }
TEST_CASE("planted bug found: an exclusive bound taken for an inclusive one") {
  CHECK(documents_to_find(Mutation::exclusive_as_inclusive));
}
TEST_CASE("planted bug found: the last required property forgotten") {
  CHECK(documents_to_find(Mutation::last_required_forgotten));
}
TEST_CASE("planted bug found: unique numbers compared as texts") { CHECK(documents_to_find(Mutation::numbers_unique_by_text)); }

}  // namespace
