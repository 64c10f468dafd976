// Times are given, so nothing is waited for here.
#include "server/net/gathering.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace std::chrono_literals;

namespace {

const Gathering::Clock::time_point kStart = Gathering::Clock::time_point(1h);

/// A loop that turns so often, `gap` apart, and hears of `per_turn` sockets each time.
struct Loop {
  Gathering gathering;
  Gathering::Clock::time_point now = kStart;
  std::uint64_t heard = 0;

  void turn(int turns, std::chrono::microseconds gap, std::uint64_t per_turn) {
    for (int i = 0; i < turns; ++i) {
      now += gap;
      gathering.begin(now, heard);
      heard += per_turn;
    }
  }
};

}  // namespace

TEST_CASE("few messages never wait, whatever a turn takes", "[net][gathering]") {
  Loop loop{Gathering(1ms)};
  CHECK_FALSE(loop.gathering.is_busy());
  loop.turn(100, 300us, 1);  // 3.3 in a millisecond
  CHECK_FALSE(loop.gathering.is_busy());
  CHECK(loop.gathering.rest(loop.now + 10us) == 0us);
  loop.turn(1, 10s, 1);
  CHECK_FALSE(loop.gathering.is_busy());
}

TEST_CASE("where many come, a turn begins the given time after the one before began", "[net][gathering]") {
  Loop loop{Gathering(1ms)};
  loop.turn(100, 100us, 1);  // 10 in a millisecond
  REQUIRE(loop.gathering.is_busy());
  CHECK(loop.gathering.rest(loop.now + 10us) == 990us);
  CHECK(loop.gathering.rest(loop.now + 1ms) == 0us);
  CHECK(loop.gathering.rest(loop.now + 5ms) < 0us);  // a turn that took longer than that
}

TEST_CASE("waiting does not make a busy loop look quiet", "[net][gathering]") {
  Loop loop{Gathering(1ms)};
  loop.turn(100, 100us, 1);
  loop.turn(50, 1ms, 10);  // the same messages, ten to a turn
  CHECK(loop.gathering.is_busy());
}

TEST_CASE("nobody waits any more within two windows of the last of many messages", "[net][gathering]") {
  Loop loop{Gathering(1ms)};
  loop.turn(100, 100us, 1);
  REQUIRE(loop.gathering.is_busy());
  const auto last = loop.now;
  while (loop.gathering.is_busy()) loop.turn(1, 1ms, 0);
  CHECK(loop.now - last <= 2 * Gathering::kWindow);
}

TEST_CASE("a burst that one turn takes is not many messages", "[net][gathering]") {
  Loop loop{Gathering(1ms)};
  loop.turn(1, 10ms, 100);
  CHECK_FALSE(loop.gathering.is_busy());
  loop.turn(1, 100ms, 1);  // what came was heard in 100 ms
  CHECK_FALSE(loop.gathering.is_busy());
}

TEST_CASE("a time of zero switches it off", "[net][gathering]") {
  Loop loop{Gathering(0us)};
  loop.turn(100, 10us, 10);
  CHECK_FALSE(loop.gathering.is_busy());
  CHECK(loop.gathering.rest(loop.now) == 0us);
}
