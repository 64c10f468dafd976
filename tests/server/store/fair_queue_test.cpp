// Turns of kinds and lanes, and the bounds.
#include "server/store/fair_queue.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace dialogue::testing {

using namespace store;

namespace {

using Queue = FairQueue<std::string, 2>;

std::string take_all(Queue& queue) {
  std::string text;
  while (const auto task = queue.take()) text += *task + " ";
  return text;
}

void push(Queue& queue, std::size_t kind, const std::string& name, int count) {
  for (int i = 1; i <= count; ++i) REQUIRE(queue.push(kind, name, name + std::to_string(i)));
}

}  // namespace

TEST_CASE("F-K21 kinds take turns, so do the lanes of a kind, and in a lane the oldest goes first") {
  Queue queue(100, 100);
  push(queue, 0, "a", 4);
  push(queue, 1, "x", 1);
  push(queue, 1, "y", 2);
  push(queue, 0, "b", 1);
  CHECK(take_all(queue) == "a1 x1 b1 y1 a2 y2 a3 a4 ");
  CHECK(queue.empty());
}

TEST_CASE("F-K21 a lane with many requests delays only itself, and a later lane has the next turn") {
  Queue queue(1000, 1000);
  push(queue, 0, "greedy", 500);
  CHECK(queue.take() == "greedy1");
  push(queue, 0, "late", 1);
  CHECK(queue.take() == "late1");
  CHECK(queue.take() == "greedy2");
}

TEST_CASE("F-K21 a full lane refuses, and leaves room for others; a full queue refuses all lanes") {
  Queue queue(5, 3);
  push(queue, 0, "greedy", 3);
  CHECK_FALSE(queue.push(0, "greedy", "greedy4"));
  push(queue, 1, "other", 2);
  CHECK_FALSE(queue.push(1, "third", "third1"));
  CHECK(queue.take() == "greedy1");
  push(queue, 1, "third", 1);
  CHECK(take_all(queue) == "other1 greedy2 third1 greedy3 other2 ");
}

}  // namespace dialogue::testing
