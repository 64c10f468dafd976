// Who of the ready sockets is notified in a round, over real socket pairs: what takes long does not keep the others waiting.
#include "server/loop/socket_set.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>

using namespace dialogue;
using namespace dialogue::loop;
using namespace std::chrono_literals;

namespace {

/// The clock of every set here: only listeners move it, so that what a round costs does not depend on the machine.
std::chrono::steady_clock::time_point set_time;

/// A socket that stays readable, and a listener that works for `time` whenever it is notified.
struct Busy final : SocketListener {
  explicit Busy(std::chrono::microseconds its_time) : time(its_time) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    for (const int end : ends) ::close(end);
  }
  void on_ready(bool, bool) override {
    ++notified;
    set_time += time;
  }

  const std::chrono::microseconds time;
  std::array<int, 2> ends{};
  int notified = 0;
};

struct Fixture {
  std::shared_ptr<Busy> add(std::chrono::microseconds time, SocketSet::Trigger trigger = SocketSet::Trigger::state) {
    const auto listener = std::make_shared<Busy>(time);
    REQUIRE(set.add(listener->ends[0], listener, trigger));
    return listener;
  }

  boost::asio::io_context io;
  WriterYield yield{false};
  SocketSet set{net::Executor(io.get_executor()), yield, [] { return set_time; }};
};

}  // namespace

TEST_CASE("costly sockets share a part of a round, each has its turn, and the others are notified in every round") {
  Fixture fixture;
  constexpr int kCostly = 10, kRounds = 100;
  std::vector<std::shared_ptr<Busy>> costly;
  for (int i = 0; i < kCostly; ++i) costly.push_back(fixture.add(600us));
  const auto quick = fixture.add(0us);
  fixture.set.serve();
  for (const auto& each : costly) CHECK(each->notified == 1);  // nothing is known of them yet
  for (int i = 0; i < kRounds; ++i) fixture.set.serve();
  for (const auto& each : costly) CHECK(each->notified == 1 + kRounds / kCostly);  // 600 µs are more than all have of a round
  CHECK(quick->notified == 1 + kRounds);
}

TEST_CASE("one costly socket alone is notified in every round") {
  Fixture fixture;
  const auto costly = fixture.add(600us);
  for (int i = 0; i < 10; ++i) fixture.set.serve();
  CHECK(costly->notified == 10);
}

TEST_CASE("a socket that is notified of changes only does not wait, since it would not be notified again") {
  Fixture fixture;
  std::vector<std::shared_ptr<Busy>> all;
  for (int i = 0; i < 5; ++i) all.push_back(fixture.add(600us, SocketSet::Trigger::change));
  for (int round = 1; round <= 4; ++round) {
    fixture.set.serve();
    for (const auto& each : all) {
      CHECK(each->notified == round);
      REQUIRE(::write(each->ends[1], "x", 1) == 1);
    }
  }
}

TEST_CASE("a new socket on a reused descriptor starts without the costs of the previous socket") {
  SocketCosts costs;
  costs.begin(3, true);
  costs.served(3, 1ms, 0, 1);
  CHECK(costs.is_costly(3));
  costs.begin(3, true);
  CHECK_FALSE(costs.is_costly(3));
}

TEST_CASE("a socket ceases to be costly once it takes little") {
  SocketCosts costs;
  costs.begin(3, true);
  costs.served(3, 1ms, 0, 1);
  int rounds = 0;
  while (costs.is_costly(3)) costs.served(3, 10us, 0, static_cast<std::uint64_t>(++rounds));
  CHECK(rounds <= 3);
}

TEST_CASE("a socket whose client sends much is not costly: its bytes explain the time") {
  SocketCosts costs;
  costs.begin(3, true);
  for (std::uint64_t round = 1; round < 10; ++round) costs.served(3, 3ms, 65'536, round);
  CHECK_FALSE(costs.is_costly(3));
  costs.served(3, 3ms, 64, 10);
  CHECK(costs.is_costly(3));
}

TEST_CASE("what a listener says that it has read explains its own time only") {
  Fixture fixture;
  struct Reader final : SocketListener {
    explicit Reader(SocketSet& its_set) : set(its_set) {}
    void on_ready(bool, bool) override {
      set.count_read(10'000'000);  // explain two seconds: more than a busy machine takes from it
      busy.on_ready(true, false);
    }
    SocketSet& set;
    Busy busy{1ms};
  };
  std::vector<std::shared_ptr<Reader>> readers;
  for (int i = 0; i < 4; ++i) {
    readers.push_back(std::make_shared<Reader>(fixture.set));
    REQUIRE(fixture.set.add(readers.back()->busy.ends[0], readers.back()));
  }
  const auto first = fixture.add(1ms);
  const auto second = fixture.add(1ms);
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) fixture.set.serve();
  for (const auto& each : readers) CHECK(each->busy.notified == kRounds);
  CHECK(first->notified + second->notified <= kRounds + 1);  // both in the first round, then one of them in each
}
