// Which session went on with a lost one last.
#include "server/core/connection/session_successors.hpp"

#include <catch2/catch.hpp>

namespace dialogue::core {

TEST_CASE("each session that resumes with a secret receives the one before it, as often as it asks") {
  SessionSuccessors successors(1000);
  CHECK(successors.record("lost", "a", 0).empty());
  CHECK(successors.record("lost", "a", 0).empty());
  CHECK(successors.record("lost", "b", 0) == "a");
  CHECK(successors.record("lost", "b", 0) == "a");
  CHECK(successors.record("lost", "c", 0) == "b");
  CHECK(successors.record("lost", "b", 0).empty());  // what it has asked came late
  CHECK(successors.record("lost", "c", 0) == "b");
  CHECK(successors.record("other", "d", 0).empty());
}

TEST_CASE("successors are forgotten after a time without a request") {
  SessionSuccessors successors(1000);
  CHECK(successors.record("lost", "a", 0).empty());
  CHECK(successors.record("lost", "b", 600) == "a");
  CHECK(successors.tick(1000) == 2000);
  CHECK(successors.size() == 1);
  CHECK(successors.tick(2000) == kNever);
  CHECK(successors.size() == 0);
}

TEST_CASE("beyond the limit the oldest successor is forgotten") {
  SessionSuccessors successors(1000);
  CHECK(successors.record("first", "a", 0).empty());
  for (std::size_t i = 0; i < kSuccessorsMax; ++i) CHECK(successors.record(std::to_string(i), "b", 0).empty());
  CHECK(successors.size() == kSuccessorsMax);
  CHECK(successors.record("first", "c", 0).empty());
  CHECK(successors.record("1", "c", 0) == "b");
}

}  // namespace dialogue::core
