// The end of a loop's waiting.
#include "server/loop/poller.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::loop;

TEST_CASE("a timer that is due when the waiting ends is not called any more, and nothing is waited for again") {
  Poller poller(false, std::chrono::microseconds(0));
  int calls = 0;
  constexpr int kEnough = 3;  // a handler that went on for ever would have finish() never return
  const std::function<void()> on_timer = [&] {
    if (++calls < kEnough) poller.call_at(0, on_timer);
  };
  poller.call_at(0, on_timer);
  poller.wake([] {});
  poller.wait(false);  // the timer is found due, and what was woken first is done
  REQUIRE(calls == 0);
  poller.finish();
  CHECK(calls == 0);
  poller.call_at(0, on_timer);
  poller.finish();
  CHECK(calls == 0);
}
