// How the store of a cluster answers, as one word.
#include "server/cluster/engine_health.hpp"

#include <catch2/catch.hpp>

namespace dialogue::testing {

using namespace cluster;

namespace {

TEST_CASE("a store is slow while an answer takes long, and away when none comes") {
  EngineHealth engine;
  CHECK(engine.state(1000) == EngineState::ok);
  engine.asked(1000);
  CHECK(engine.state(1499) == EngineState::ok);
  CHECK(engine.state(1500) == EngineState::slow);
  CHECK(engine.state(3499) == EngineState::slow);
  CHECK(engine.state(3500) == EngineState::away);
  CHECK(engine.answer_ms(3500) == 2500);
  engine.answered(true, 4000);
  CHECK(engine.state(4000) == EngineState::slow);
  CHECK(engine.answer_ms(9000) == 3000);
  engine.asked(5000);
  engine.answered(true, 5001);
  CHECK(engine.state(5001) == EngineState::ok);
  CHECK(engine.served_ms() == 5001);
}

TEST_CASE("a store that refuses is away until it serves again") {
  EngineHealth engine;
  engine.asked(10);
  engine.answered(false, 11);
  CHECK(engine.state(11) == EngineState::away);
  CHECK(engine.served_ms() == 0);
  engine.asked(20);
  CHECK(engine.state(20) == EngineState::away);
  engine.answered(true, 21);
  CHECK(engine.state(21) == EngineState::ok);
}

}  // namespace
}  // namespace dialogue::testing
