// The executor of a cluster's node.
#include "server/embed/task_thread.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "server/core/util/time.hpp"
#include "tests/patience.hpp"

namespace dialogue::test {

TEST_CASE("a task at each deadline that posts another one does not spin") {
  std::atomic<std::uint64_t> now_ms = 0;
  std::atomic<int> deadlines = 0, tasks = 0;
  TaskThread* self = nullptr;
  TaskThread thread([&] { return now_ms.load(); },
                    [&] {
                      ++deadlines;
                      if (self != nullptr) self->post([&] { ++tasks; });
                      return now_ms.load() + 1000;
                    });
  thread.post([&] { self = &thread; });
  constexpr int kRounds = 200;
  int steps = 0;
  for (const auto end = std::chrono::steady_clock::now() + testing::kPatience;
       deadlines < kRounds && std::chrono::steady_clock::now() < end; ++steps) {
    const int before = tasks;
    now_ms += TaskThread::kSoonMs;
    thread.post([&] { ++tasks; });
    while (tasks == before) std::this_thread::yield();
  }
  thread.end();
  CHECK(deadlines >= kRounds);
  CHECK(deadlines <= steps + 2);  // one for each step of the clock, however many tasks they posted
}

TEST_CASE("a thread whose deadline never comes waits, and does not spin") {
  using std::chrono::milliseconds;
  constexpr std::uint64_t kNow = 1'000;
  CHECK(TaskThread::pause(kNow, core::kNever) == milliseconds(TaskThread::kPauseMaxMs));
  CHECK(TaskThread::pause(kNow, kNow + 1) == milliseconds(1));
  CHECK(TaskThread::pause(0, core::kNever) > milliseconds(0));
}

}  // namespace dialogue::test
