// Positions as `dialogue tail --since` takes them.
#include <catch2/catch.hpp>

#include "server/shell/tail.hpp"

namespace dialogue::test {

using namespace shell;

TEST_CASE("a position is an epoch and a sequence, digits only") {
  const auto position = parse_position("8321499136127:41");
  REQUIRE(position);
  CHECK(position->epoch == 8321499136127);
  CHECK(position->sequence == 41);
  CHECK(parse_position("0:0"));
  for (const char* const text : {"", ":", "1", "1:", ":1", "1:2:3", "1:2 ", " 1:2", "-1:2", "1:9007199254740992", "x:1"}) {
    INFO(text);
    CHECK_FALSE(parse_position(text));
  }
}

}  // namespace dialogue::test
