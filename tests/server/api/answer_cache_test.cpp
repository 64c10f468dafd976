// Answers that cost a look at everything: computed once for all who ask, given again for a moment, and bounded.
#include "server/api/answer_cache.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::api;

namespace {

struct Desk {
  bool ask(const std::string& key, std::uint64_t now_ms) {
    return cache->get(
        key, now_ms, [this](const HttpResponse& answer) { heard.push_back(answer.status); },
        [this](AnswerCache::Done done) { computing.push_back(std::move(done)); });
  }
  void answer(unsigned status) {
    auto done = std::move(computing.front());
    computing.erase(computing.begin());
    done({status, {}, nullptr});
  }
  std::shared_ptr<AnswerCache> cache = std::make_shared<AnswerCache>();
  std::vector<AnswerCache::Done> computing;
  std::vector<unsigned> heard;
};

}  // namespace

TEST_CASE("an equal request during the computation, or half a second later, gets the same answer") {
  Desk desk;
  CHECK(desk.ask("a", 0));
  CHECK(desk.ask("a", 1));
  CHECK(desk.computing.size() == 1);
  desk.answer(200);
  CHECK(desk.heard == std::vector<unsigned>{200, 200});
  CHECK(desk.ask("a", kAnswerFreshMs - 1));
  CHECK(desk.heard.size() == 3);
  CHECK(desk.ask("a", kAnswerFreshMs));
  CHECK(desk.computing.size() == 1);
}

TEST_CASE("the number of concurrent computations is bounded, and so is that of callers that wait for one") {
  Desk desk;
  for (std::size_t i = 0; i < kAnswersUnderWay; ++i) CHECK(desk.ask(std::to_string(i), 0));
  CHECK_FALSE(desk.ask("one more", 0));
  for (std::size_t i = 1; i < kAnswerWaitersMax; ++i) CHECK(desk.ask("0", 0));
  CHECK_FALSE(desk.ask("0", 0));
  CHECK(desk.ask("one more", kAnswerLostMs));  // the others were lost
}

TEST_CASE("the number of kept answers is limited") {
  Desk desk;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < 2 * kAnswersKept; ++i)
    if (desk.ask(std::to_string(i), 0)) {
      ++taken;
      desk.answer(200);
    }
  CHECK(taken == kAnswersKept);
}

TEST_CASE("F-X2 after clear() no caller gets an earlier answer, and waiting callers are answered") {
  Desk desk;
  CHECK(desk.ask("a", 0));
  desk.answer(200);
  CHECK(desk.ask("b", 0));
  desk.cache->clear();
  CHECK(desk.ask("a", 1));
  CHECK(desk.ask("b", 1));
  CHECK(desk.computing.size() == 3);
  for (const unsigned status : {201U, 202U, 203U}) desk.answer(status);
  CHECK(desk.heard == std::vector<unsigned>{200, 201, 202, 203});
  CHECK(desk.ask("b", 2));
  CHECK(desk.heard.back() == 203);
}
