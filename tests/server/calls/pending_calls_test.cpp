// Every caller hears once: an answer, a deadline, or that too many wait.
#include "server/calls/pending_calls.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace dialogue::calls {

using namespace core;

namespace {

/// What one caller heard.
struct Heard {
  std::vector<CallResult> results;
  [[nodiscard]] CallDone hears() {
    return [this](CallResult&& result) { results.push_back(std::move(result)); };
  }
  [[nodiscard]] ErrorCode fault() const { return std::get<Error>(results.at(0)).code; }
};

}  // namespace

TEST_CASE("a call is answered by its number, once") {
  PendingCalls calls;
  Heard ann, bob;
  const CallId first = calls.add(ann.hears(), 1000), second = calls.add(bob.hears(), 1000);
  CHECK(first != second);
  calls.answer(second, std::size_t{2});
  calls.answer(first, std::size_t{1});
  calls.answer(first, std::size_t{7});
  calls.answer(0, std::size_t{7});
  REQUIRE(ann.results.size() == 1);
  REQUIRE(bob.results.size() == 1);
  CHECK(std::get<std::size_t>(ann.results[0]) == 1);
  CHECK(std::get<std::size_t>(bob.results[0]) == 2);
  CHECK(calls.size() == 0);
}

TEST_CASE("a call without an answer ends at its deadline with store_unavailable, and a late answer is ignored") {
  PendingCalls calls;
  Heard early, late;
  const CallId first = calls.add(early.hears(), 1000);
  static_cast<void>(calls.add(late.hears(), 2000));
  calls.expire(1000 + kCallTimeoutMs - 1);
  CHECK(early.results.empty());
  calls.expire(1000 + kCallTimeoutMs);
  REQUIRE(early.results.size() == 1);
  CHECK(early.fault() == ErrorCode::store_unavailable);
  CHECK(late.results.empty());
  Heard next;  // it gets the place of the first
  static_cast<void>(calls.add(next.hears(), 2000));
  calls.answer(first, std::size_t{7});
  CHECK(early.results.size() == 1);
  CHECK(next.results.empty());
  calls.expire(2000 + kCallTimeoutMs);
  CHECK(late.fault() == ErrorCode::store_unavailable);
  CHECK(next.fault() == ErrorCode::store_unavailable);
}

TEST_CASE("if too many calls are pending the next is refused immediately with rate_limited") {
  constexpr std::size_t kCallsMax = 3;
  PendingCalls calls({}, kCallsMax);
  Heard waiting, refused;
  CallId last = 0;
  for (std::size_t i = 0; i < kCallsMax; ++i) {
    last = calls.add(waiting.hears(), 1000);
    CHECK(last != 0);
  }
  CHECK(calls.add(refused.hears(), 1000) == 0);
  CHECK(refused.fault() == ErrorCode::rate_limited);
  CHECK(calls.size() == kCallsMax);
  calls.answer(last, std::size_t{1});
  CHECK(calls.add(waiting.hears(), 1000) != 0);
}

TEST_CASE("an exception of a caller's function is reported and not rethrown") {
  std::string threw;
  PendingCalls calls([&threw](const char* what) { threw = what != nullptr ? what : "?"; });
  calls.answer(calls.add([](CallResult&&) { throw std::runtime_error("no"); }, 0), std::size_t{1});
  CHECK(threw == "no");
  calls.answer(calls.add([](CallResult&&) { throw 7; }, 0), std::size_t{1});
  CHECK(threw == "?");
}

TEST_CASE("functions that are dropped at the end may call again, and are not called") {
  PendingCalls calls;
  Heard heard;
  auto asks_again = std::shared_ptr<int>(new int(0), [&](int* number) {
    delete number;
    static_cast<void>(calls.add(heard.hears(), 0));
  });
  static_cast<void>(calls.add([kept = asks_again, &heard](CallResult&& result) { heard.hears()(std::move(result)); }, 0));
  asks_again.reset();
  calls.drop_all();
  CHECK(heard.results.empty());
  CHECK(calls.size() == 1);
}

TEST_CASE("calls of several threads are each received once") {
  PendingCalls calls;
  constexpr int kThreads = 4, kCalls = 2000;
  std::atomic<int> heard{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < kCalls; ++n) {
        const CallId call = calls.add([&heard](CallResult&&) { ++heard; }, 0);
        if (n % 3 == 0)
          calls.expire(kCallTimeoutMs);
        else
          calls.answer(call, std::size_t{1});
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(heard == kThreads * kCalls - static_cast<int>(calls.size()));
  calls.expire(kCallTimeoutMs);
  CHECK(heard == kThreads * kCalls);
}

}  // namespace dialogue::calls
