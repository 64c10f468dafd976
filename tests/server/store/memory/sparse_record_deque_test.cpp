// The run of records beside a map that does the same.
#include "server/store/memory/sparse_record_deque.hpp"

#include <catch2/catch.hpp>
#include <iterator>
#include <map>
#include <string>

#include "server/core/util/seeded_random.hpp"

namespace dialogue::store {

using namespace core;

namespace {

LogRecord record_with(std::uint64_t seq) {
  LogRecord record;
  record.seq = seq;
  record.payload = std::to_string(seq);
  return record;
}

}  // namespace

TEST_CASE("an empty run has nothing, before and after there was something") {
  SparseRecordDeque run;
  CHECK(run.from(0) == nullptr);
  CHECK(run.up_to(100) == nullptr);
  run.append(record_with(7));
  CHECK(run.from(0)->seq == 7);
  CHECK(run.from(7)->seq == 7);
  CHECK(run.from(8) == nullptr);
  CHECK(run.up_to(6) == nullptr);
  CHECK(run.up_to(7)->seq == 7);
  CHECK(run.up_to(UINT64_MAX)->seq == 7);
  run.erase(7);
  CHECK(run.from(0) == nullptr);
  CHECK(run.up_to(100) == nullptr);
}

TEST_CASE("whatever comes and goes, a run finds what a map finds") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    SparseRecordDeque run;
    std::map<std::uint64_t, std::string> model;
    std::uint64_t seq = random.below(5);
    const std::uint64_t erasing = random.below(12);  // of ten: sometimes more goes than comes
    for (int step = 0; step < 600; ++step) {
      if (model.empty() || random.below(10) >= erasing) {
        seq += 1 + (random.below(20) == 0 ? random.below(4) : 0);
        run.append(record_with(seq));
        model.emplace(seq, std::to_string(seq));
      } else {
        auto chosen = model.begin();
        if (random.below(2) == 0) std::advance(chosen, static_cast<std::ptrdiff_t>(random.below(model.size())));
        run.erase(chosen->first);
        model.erase(chosen);
      }
      const std::uint64_t asked = random.below(seq + 3);
      const auto from = model.lower_bound(asked), after = model.upper_bound(asked);
      const LogRecord *found = run.from(asked), *last = run.up_to(asked);
      REQUIRE((found != nullptr) == (from != model.end()));
      if (found != nullptr) REQUIRE((found->seq == from->first && found->payload == from->second));
      REQUIRE((last != nullptr) == (after != model.begin()));
      if (last != nullptr) REQUIRE((last->seq == std::prev(after)->first && last->payload == std::prev(after)->second));
    }
  }
}

}  // namespace dialogue::store
