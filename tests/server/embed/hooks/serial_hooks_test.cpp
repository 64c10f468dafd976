// Hooks that are asked one after the other: what one has added does not outlive another's denial.
#include "server/embed/hooks/serial_hooks.hpp"

#include <catch2/catch.hpp>
#include <utility>

using namespace dialogue;
using namespace dialogue::core;

namespace {

HookSource answering(HookVerdict verdict) {
  return [verdict = std::move(verdict)](HookQuestion&&, const std::function<void(HookVerdict)>& done) { done(verdict); };
}

HookVerdict adding(std::string meta, std::uint64_t seq) {
  HookVerdict verdict = HookVerdict::allow();
  verdict.meta = std::move(meta);
  verdict.history_from = HistoryFrom{seq, 0};
  return verdict;
}

HookVerdict verdict_of(std::vector<HookSource> sources) {
  HookVerdict all;
  in_turn(std::move(sources))({}, [&all](HookVerdict verdict) { all = std::move(verdict); });
  return all;
}

}  // namespace

TEST_CASE("the last hook's meta counts, and the narrowest bound of history") {
  const HookVerdict all =
      verdict_of({answering(adding("{\"a\":1}", 5)), answering(adding("{\"a\":2}", 3)), answering(HookVerdict::allow())});
  CHECK(all.allows());
  CHECK(all.meta == "{\"a\":2}");
  CHECK(all.history_from.value().seq == 5);
}

TEST_CASE("F-P14 a denial has nothing of the hooks before it, and ends the questions") {
  bool is_asked = false;
  const HookSource behind = [&is_asked](HookQuestion&&, const std::function<void(HookVerdict)>& done) {
    is_asked = true;
    done(HookVerdict::allow());
  };
  const HookVerdict all = verdict_of({answering(adding("{\"role\":\"admin\"}", 5)), answering(HookVerdict::deny("no")), behind});
  CHECK(all.code == ErrorCode::denied_by_hook);
  CHECK_FALSE(all.meta);
  CHECK_FALSE(all.history_from);
  CHECK_FALSE(is_asked);
}
