// Whether the store answers, for any number of probes: one question at a time, and nobody waits for a store that is silent.
#include "server/http/store_verdict.hpp"

#include <catch2/catch.hpp>

#include "tests/server/http/silent_store.hpp"

namespace dialogue::test {

using namespace core;
using namespace http;

namespace {

struct Probes {
  Probes() { store->is_silent = true; }
  void ask(std::uint64_t now_ms) {
    verdict->ask(now_ms, [this](StoreStatus status) { heard.push_back(status); });
  }
  void answer(StoreStatus status) {
    store->speak(status);
    store->is_silent = true;
  }
  std::shared_ptr<SilentStore> store = std::make_shared<SilentStore>();
  std::shared_ptr<StoreVerdict> verdict = std::make_shared<StoreVerdict>(store, 1000, 2000);
  std::vector<StoreStatus> heard;
};

using Heard = std::vector<StoreStatus>;

}  // namespace

TEST_CASE("F-N14 probes that come together are one question, and its answer counts for its time") {
  Probes probes;
  for (int i = 0; i < 3; ++i) probes.ask(0);
  CHECK(probes.store->kept() == 1);
  probes.answer(StoreStatus::ok);
  CHECK(probes.heard == Heard(3, StoreStatus::ok));
  probes.ask(999);
  CHECK(probes.heard.size() == 4);
  probes.ask(1000);
  CHECK(probes.heard.size() == 4);
  probes.answer(StoreStatus::failed);
  CHECK(probes.heard.back() == StoreStatus::failed);
}

TEST_CASE("F-N14 a store that is silent is asked once, and probes that come later do not wait for it") {
  Probes probes;
  probes.ask(0);
  for (std::uint64_t now_ms = 2000; now_ms < 20'000; now_ms += 1000) probes.ask(now_ms);
  CHECK(probes.store->kept() == 1);
  CHECK(probes.heard == Heard(18, StoreStatus::busy));
  probes.answer(StoreStatus::ok);
  CHECK(probes.heard.back() == StoreStatus::ok);
  probes.ask(20'000);
  CHECK(probes.store->kept() == 1);
}

TEST_CASE("F-N14 a probe whose thread read the clock before the question was put waits for the answer as others do") {
  Probes probes;
  probes.ask(100);
  probes.ask(99);
  CHECK(probes.heard.empty());
  probes.answer(StoreStatus::ok);
  probes.ask(99);
  CHECK(probes.heard == Heard(3, StoreStatus::ok));
}

TEST_CASE("F-N14 a bounded number of probes wait for one answer, and more probes are answered immediately") {
  Probes probes;
  for (std::size_t i = 0; i < StoreVerdict::kWaitingMax; ++i) probes.ask(0);
  CHECK(probes.heard.empty());
  probes.ask(0);
  CHECK(probes.heard == Heard(1, StoreStatus::busy));
  probes.answer(StoreStatus::ok);
  CHECK(probes.heard.size() == StoreVerdict::kWaitingMax + 1);
}

}  // namespace dialogue::test
