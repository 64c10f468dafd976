// When a backend that fails is left alone, and when it is tried again.
#include "server/webhooks/circuit_breaker.hpp"

#include <catch2/catch.hpp>

using dialogue::webhooks::CircuitBreaker;

TEST_CASE("the breaker opens after a fixed number of failures in a row, and an answer between them starts the count again") {
  CircuitBreaker breaker(3, 100);
  CHECK_FALSE(breaker.failed(0));
  CHECK_FALSE(breaker.failed(0));
  CHECK_FALSE(breaker.succeeded());
  CHECK_FALSE(breaker.failed(0));
  CHECK_FALSE(breaker.failed(0));
  CHECK(breaker.take(0));
  CHECK(breaker.failed(7));
  CHECK(breaker.state() == CircuitBreaker::State::open);
  CHECK_FALSE(breaker.take(106));
}

TEST_CASE("after the pause one request goes as a probe: it closes the breaker, or begins another pause") {
  CircuitBreaker breaker(1, 100);
  CHECK(breaker.failed(0));
  CHECK(breaker.take(100));
  CHECK_FALSE(breaker.take(100));
  CHECK_FALSE(breaker.failed(150));
  CHECK_FALSE(breaker.take(249));
  CHECK(breaker.take(250));
  CHECK(breaker.succeeded());
  CHECK(breaker.take(250));
  CHECK(breaker.take(250));
}
