// When what can wait is done: at once where nothing comes, and now and then where something always does.
#include "server/store/work_queue.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/patience.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

template <typename T>
T soon(std::promise<T>& promise) {
  auto future = promise.get_future();
  REQUIRE(future.wait_for(kPatience) == std::future_status::ready);
  return future.get();
}

}  // namespace

TEST_CASE("steps are done one after the other while nothing comes, and what is queued goes between them") {
  std::promise<int> all_steps, worked;
  int steps = 0;
  WorkQueue<int> queue([&](std::vector<int> tasks) { worked.set_value(tasks.front()); },
                       [&] {
                         if (++steps == 1000) all_steps.set_value(steps);
                         return steps < 1000;
                       });
  REQUIRE(queue.push(7));
  CHECK(soon(worked) == 7);
  CHECK(soon(all_steps) == 1000);
}

TEST_CASE("R-58 if something is always queued, one step is made per fixed number of rounds of work") {
  constexpr std::size_t kRounds = 10 * kRoundsForAStep;
  std::promise<std::size_t> done;
  std::size_t rounds = 0, steps_under_load = 0;
  WorkQueue<int>* itself = nullptr;
  WorkQueue<int> queue(
      [&](std::vector<int>) {
        if (++rounds < kRounds)
          static_cast<void>(itself->push(0));  // there is something again before this round is over
        else
          done.set_value(steps_under_load);
      },
      [&] {
        if (rounds > 0) ++steps_under_load;
        return true;
      });
  itself = &queue;
  REQUIRE(queue.push(0));
  CHECK(soon(done) == kRounds / kRoundsForAStep - 1);
}

TEST_CASE("what was queued is done before it ends, whatever could still wait") {
  std::vector<int> done;
  {
    WorkQueue<int> queue([&](std::vector<int> tasks) { done.insert(done.end(), tasks.begin(), tasks.end()); },
                         [] { return true; });
    for (int i = 0; i < 100; ++i) REQUIRE(queue.push(int{i}));
  }
  REQUIRE(done.size() == 100);
  CHECK(std::is_sorted(done.begin(), done.end()));
}

TEST_CASE("more than 4,096 tasks are not taken") {
  std::promise<void> hold;
  std::promise<void> begun;
  bool is_first = true;
  WorkQueue<int> queue(
      [&](std::vector<int>) {
        if (!std::exchange(is_first, false)) return;
        begun.set_value();
        hold.get_future().wait();
      },
      [] { return false; });
  REQUIRE(queue.push(0));
  begun.get_future().wait();
  for (std::size_t i = 0; i < kQueuedTasksMax; ++i) REQUIRE(queue.push(1));
  CHECK_FALSE(queue.push(1));
  hold.set_value();
}

}  // namespace dialogue::testing
