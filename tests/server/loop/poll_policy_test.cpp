// Times are given, so nothing is waited for here.
#include "server/loop/poll_policy.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::loop;
using namespace std::chrono_literals;

namespace {

constexpr auto kAnswer = 60us;  ///< what somebody takes to answer, and so does the loop to wake up

/// A loop with its messages.
struct Loop {
  PollPolicy pace{1ms};
  PollPolicy::Clock::time_point now = PollPolicy::Clock::time_point(1h);
  std::uint64_t taken = 0;
  int turns = 0, gathered = 0, awaited = 0;  ///< turns of each kind

  void turn(std::chrono::microseconds gap, std::uint64_t messages) {
    now += gap;
    ++turns;
    gathered += pace.gathers() ? 1 : 0;
    awaited += pace.awaits() ? 1 : 0;
    pace.begin(now, taken);
    taken += messages;
  }

  /// So many messages in a millisecond, whatever the loop does.
  void stream(std::chrono::milliseconds time, int per_ms) {
    for (const auto end = now + time; now < end;) {
      const auto gap = std::chrono::microseconds(1000 / per_ms);
      if (pace.awaits()) pace.looked_out(gap < PollPolicy::kLookout);
      pace.gathers() ? turn(1ms, static_cast<std::uint64_t>(per_ms)) : turn(gap, 1);
    }
  }

  /// Two people of whom each waits for the other's answer, which takes him `thought` at most.
  void ping_pong(std::chrono::milliseconds time, std::chrono::microseconds thought = 0us) {
    turns = gathered = awaited = 0;
    for (const auto end = now + time; now < end;) {
      if (pace.gathers()) {
        turn(1ms, 1);
      } else if (pace.awaits()) {
        pace.looked_out(kAnswer + thought < PollPolicy::kLookout);
        turn(kAnswer + thought, 1);
      } else {
        turn(2 * kAnswer + thought, 1);
      }
    }
  }
};

}  // namespace

TEST_CASE("if few messages arrive, the loop sleeps, however long a turn takes", "[net][pace]") {
  Loop loop;
  loop.stream(1s, 3);
  loop.turn(10s, 1);
  loop.stream(100ms, 3);
  CHECK(loop.gathered == 0);
  CHECK(loop.awaited == 0);
}

TEST_CASE("if many messages arrive, a turn begins a set time after the previous turn began", "[net][pace]") {
  Loop loop;
  loop.stream(40ms, 10);
  REQUIRE(loop.pace.gathers());
  CHECK(loop.pace.rest(loop.now + 10us) == 990us);
  CHECK(loop.pace.rest(loop.now + 1ms) == 0us);
  CHECK(loop.pace.rest(loop.now + 5ms) < 0us);  // a turn that took longer than that
}

TEST_CASE("messages gather for as long as many come", "[net][pace]") {
  Loop loop;
  loop.stream(40ms, 10);
  for (int i = 0; i < 1000; ++i) {
    loop.stream(10ms, i % 5 + 8);
    REQUIRE(loop.pace.gathers());
  }
  const auto last = loop.now;
  while (loop.pace.gathers()) loop.turn(1ms, 0);
  CHECK(loop.now - last <= 2 * PollPolicy::kWindow);
  loop.turn(50ms, 0);
  loop.stream(40ms, 10);
  CHECK(loop.pace.gathers());  // fewer came by themselves
  CHECK(loop.awaited == 0);
}

TEST_CASE("a burst that one turn takes is not many messages", "[net][pace]") {
  Loop loop;
  loop.turn(10ms, 100);
  loop.turn(100ms, 1);  // what came was taken in 100 ms
  loop.turn(20ms, 1);
  CHECK(loop.gathered == 0);
}

TEST_CASE("a loop polls while users wait for each other's replies, and seldom only to check that they still do", "[net][pace]") {
  Loop loop;
  loop.ping_pong(100ms);
  CHECK(loop.gathered > 0);
  CHECK(loop.gathered <= 2 * PollPolicy::kWindow.count());
  CHECK(loop.pace.awaits());
  loop.ping_pong(900ms);
  CHECK(loop.gathered == 0);
  CHECK(loop.awaited == loop.turns);
  loop.ping_pong(10s);
  CHECK(loop.gathered < 100);
  loop.ping_pong(100s);
  CHECK(loop.gathered < 150);
  CHECK(loop.awaited > loop.turns - 1000);
}

TEST_CASE("a loop does not poll for replies that take longer", "[net][pace]") {
  Loop loop;
  loop.ping_pong(100ms, 80us);
  REQUIRE(loop.gathered > 0);
  CHECK(loop.awaited > 0);
  loop.ping_pong(800ms, 80us);
  CHECK(loop.awaited == 0);
  CHECK(loop.gathered == 0);
}

TEST_CASE("a stream after awaited replies is coalesced again", "[net][pace]") {
  Loop loop;
  loop.ping_pong(100s);
  loop.stream(60s, 10);
  CHECK(loop.pace.gathers());
  loop.ping_pong(50ms);
  CHECK(loop.pace.awaits());  // but not for half a minute any more:
  loop.stream(PollPolicy::kAwaitedMin + 100ms, 10);
  CHECK(loop.pace.gathers());
}

TEST_CASE("a time of zero leaves the loop asleep", "[net][pace]") {
  Loop loop;
  loop.pace = PollPolicy(0us);
  loop.stream(1s, 10);
  loop.ping_pong(1s);
  CHECK(loop.gathered == 0);
  CHECK(loop.awaited == 0);
}
