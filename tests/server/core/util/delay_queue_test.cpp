// Deadlines that lie the same time ahead: first in, first due.
#include "server/core/util/delay_queue.hpp"

#include <catch2/catch.hpp>

namespace dialogue::core {

TEST_CASE("keys are due in their order, not before their time") {
  DelayQueue<int> queue(100);
  CHECK(queue.next_deadline() == kNever);
  queue.push(1, 1000);
  queue.push(2, 1050);
  CHECK(queue.next_deadline() == 1100);
  CHECK_FALSE(queue.pop_due(1099));
  CHECK(queue.pop_due(1100) == 1);
  CHECK_FALSE(queue.pop_due(1100));
  CHECK(queue.pop_due(9999) == 2);
  CHECK(queue.next_deadline() == kNever);
}

TEST_CASE("the oldest key can be taken before its time") {
  DelayQueue<int> queue(100);
  queue.push(1, 1000);
  queue.push(2, 1000);
  CHECK(queue.pop() == 1);
  CHECK(queue.size() == 1);
  CHECK(queue.pop() == 2);
  CHECK_FALSE(queue.pop());
}

}  // namespace dialogue::core
