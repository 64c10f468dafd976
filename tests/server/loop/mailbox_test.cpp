// What is put into several mailboxes in one moment, and when it can be taken.
#include "server/loop/mailbox.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace dialogue::loop {
namespace {

using Items = std::vector<int>;

Items taken_from(Mailbox<int>& box) {
  Items items;
  box.take(items);
  return items;
}

}  // namespace

TEST_CASE("one wake-up covers what is put in before the box is taken") {
  Mailbox<int> box;
  CHECK(box.put(1));
  CHECK_FALSE(box.put(2));
  CHECK(taken_from(box) == Items{1, 2});
  CHECK(box.is_empty());
  CHECK(box.put(3));
}

TEST_CASE("what is behind a gate is taken when its moment is open, and nothing behind it before") {
  Mailbox<int> box;
  HandOverGate first, second;
  Items ones{1, 1}, twos{2};
  box.put_behind(first, ones);
  CHECK(ones.empty());
  box.put_behind(second, twos);
  second.open();
  CHECK(box.must_wake());
  CHECK(taken_from(box).empty());  // the first sender has not handed over all of its own
  first.open();
  CHECK(box.must_wake());
  CHECK(taken_from(box) == Items{1, 1, 2});
  CHECK_FALSE(box.must_wake());
}

TEST_CASE("what was put in before a closed gate is taken, and the next moments of that gate wait for their own") {
  Mailbox<int> box;
  HandOverGate gate;
  CHECK(box.put(0));
  Items ones{1}, twos{2};
  box.put_behind(gate, ones);
  CHECK_FALSE(box.put(9));  // its owner is awake, and finds it when the gate is open
  CHECK(taken_from(box) == Items{0});
  gate.open();
  box.put_behind(gate, twos);
  CHECK(box.must_wake());
  CHECK(taken_from(box) == Items{1, 9});
  gate.open();
  CHECK(box.must_wake());
  CHECK(taken_from(box) == Items{2});
}

TEST_CASE("F-P1 a message that goes by another thread does not overtake the one that was handed over with it") {
  constexpr int kRounds = 20'000;
  Mailbox<int> there, between;
  HandOverGate gate;
  // It is handed over to `there` last, and what `between` got goes on there at once.
  std::thread sender([&] {
    for (int i = 0; i < kRounds; ++i) {
      Items on{i}, direct{2 * i};
      between.put_behind(gate, on);
      there.put_behind(gate, direct);
      gate.open();
    }
  });
  std::thread detour([&] {
    for (int passed = 0; passed < kRounds;)
      for (const int item : taken_from(between)) {
        static_cast<void>(there.put(2 * item + 1));
        ++passed;
      }
  });
  std::vector<bool> has_come(kRounds);
  int overtaken = 0;
  for (int taken = 0; taken < 2 * kRounds;)
    for (const int item : taken_from(there)) {
      ++taken;
      const auto round = static_cast<std::size_t>(item / 2);
      if (item % 2 == 0)
        has_come[round] = true;
      else
        overtaken += has_come[round] ? 0 : 1;
    }
  sender.join();
  detour.join();
  CHECK(overtaken == 0);
}

}  // namespace dialogue::loop
