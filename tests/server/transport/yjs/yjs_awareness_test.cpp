// States of presence as awareness: a state is any JSON, and what is of our form in it is found.
#include "server/transport/yjs/yjs_awareness.hpp"

#include <catch2/catch.hpp>

namespace dialogue::transport {

TEST_CASE("F-Y1 clients are found beside members with U+0000") {
  YjsAwareness awareness;
  const auto states = awareness.report(
      R"({"states":[{"userId":"bob","sessions":[{"id":2,"state":{"\u0000":1,"yjs":{"\u0000":0,"8":{"cursor":3}}}}]}]})", 1'000);
  REQUIRE(states.size() == 1);
  CHECK(states[0].client == 8);
  CHECK(states[0].state == R"({"cursor":3})");
  CHECK(awareness.report(R"({"states":[{"userId":"bob","sessions":[{"id":2,"state":["\u0000"]}]}]})", 2'000).size() == 1);
  CHECK(awareness.all().empty());
}

}  // namespace dialogue::transport
