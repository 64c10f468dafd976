// Answers to idempotent calls: given again, kept for a time, and bounded.
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "server/embed/exchange/answer_memory.hpp"

using namespace dialogue;

namespace {

struct Fixture {
  std::uint64_t now_ms = 1'000;
  AnswerMemory memory{[this] { return now_ms; }};
  std::vector<std::string> answers;

  core::ExchangeQuestion question(const std::string& user, const std::string& key, const std::string& request = "1") {
    core::ExchangeQuestion asked;
    auto identity = std::make_shared<core::Identity>();
    identity->user_id = user;
    asked.identity = std::move(identity);
    asked.name = "pay";
    asked.key = key;
    asked.request = request;
    asked.timeout_ms = 5'000;
    return asked;
  }
  AnswerMemory::Turn begin(const core::ExchangeQuestion& asked) {
    return memory.begin(asked, [this](const core::ExchangeReply& reply) {
      const auto& result = std::get<core::ExchangeResult>(reply);
      answers.push_back(result.code == ErrorCode::ok ? result.json : std::string(error_name(result.code)));
    });
  }
};

using Turn = AnswerMemory::Turn;

}  // namespace

TEST_CASE("attempts with one key share one answer, and other content is a conflict") {
  Fixture test;
  const auto asked = test.question("ann", "k");
  CHECK(test.begin(asked) == Turn::handle);
  CHECK(test.begin(asked) == Turn::wait);
  CHECK(test.begin(test.question("bob", "k")) == Turn::handle);
  CHECK(test.begin(test.question("ann", "k", "2")) == Turn::conflict);
  test.memory.answered(asked, {ErrorCode::ok, {}, "7", 0});
  CHECK(test.answers == std::vector<std::string>{"7", "7"});
  test.memory.answered(asked, {ErrorCode::ok, {}, "8", 0});
  CHECK(test.begin(asked) == Turn::wait);
  CHECK(test.answers.back() == "7");
}

TEST_CASE("only an answer or a declared error is kept, and for ten minutes") {
  Fixture test;
  const auto asked = test.question("ann", "k");
  for (const ErrorCode code : {ErrorCode::handler_failed, ErrorCode::handler_unavailable, ErrorCode::rate_limited}) {
    CHECK(test.begin(asked) == Turn::handle);
    test.memory.answered(asked, {code, {}, {}, 0});
  }
  CHECK(test.begin(asked) == Turn::handle);
  test.memory.answered(asked, {ErrorCode::call_failed, "sold_out", "null", 0});
  test.now_ms += kAnswerKeptMs - 1;
  CHECK(test.begin(asked) == Turn::wait);
  test.now_ms += 1;
  CHECK(test.begin(asked) == Turn::handle);
  test.now_ms += kAnswerKeptMs;  // it was never answered
  CHECK(test.begin(asked) == Turn::handle);
  CHECK(test.memory.size() == 1);
}

TEST_CASE("a user has a bounded number of answers, and so have all together") {
  Fixture test;
  for (std::size_t i = 0; i < kAnswersOfUserMax; ++i) CHECK(test.begin(test.question("ann", std::to_string(i))) == Turn::handle);
  CHECK(test.begin(test.question("ann", "more")) == Turn::full);
  for (std::size_t i = kAnswersOfUserMax; i < kAnswersMax; ++i)
    CHECK(test.begin(test.question("u" + std::to_string(i), "k")) == Turn::handle);
  CHECK(test.begin(test.question("zoe", "k")) == Turn::full);
  CHECK(test.memory.size() == kAnswersMax);
  test.now_ms += kAnswerKeptMs;
  CHECK(test.begin(test.question("zoe", "k")) == Turn::handle);
  CHECK(test.begin(test.question("zoe", "large", std::string(kAnswerBytesMax, 'x'))) == Turn::full);
}

TEST_CASE("an erased user's answers are forgotten, and what is handled meanwhile is not kept") {
  Fixture test;
  const auto kept = test.question("ann", "1"), under_way = test.question("ann", "2"), other = test.question("ann2", "1");
  for (const auto& asked : {kept, under_way, other}) CHECK(test.begin(asked) == Turn::handle);
  test.memory.answered(kept, {ErrorCode::ok, {}, "7", 0});
  test.memory.answered(other, {ErrorCode::ok, {}, "8", 0});
  test.memory.forget_user("ann");
  CHECK(test.memory.size() == 2);
  test.memory.answered(under_way, {ErrorCode::ok, {}, "9", 0});
  CHECK(test.answers.back() == "9");
  CHECK(test.memory.size() == 1);
  CHECK(test.begin(kept) == Turn::handle);
  CHECK(test.begin(other) == Turn::wait);
}
