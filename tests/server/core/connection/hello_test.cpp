// What a client's first message says before it is judged.
#include "server/core/connection/hello.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace dialogue::core {

TEST_CASE("the first room is that of the JOIN right after HELLO; no other message names a first room") {
  const std::string hello = R"([1,1,0,0,{"client":"test"}])";
  CHECK(first_room(hello + "\n" + R"([2,1,0,0,0,"chat",{}])") == "chat");
  CHECK(first_room(hello + "\n" + R"([2,1,0,0,0,"caf\u00e9",{}])" + "\n" + R"([2,2,0,0,0,"other",{}])") == "caf\xc3\xa9");
  for (const std::string& other : {std::string(), hello, hello + "\n", hello + "\n" + R"([8,2])", hello + "\n[2,1",
                                   hello + "\n\n", std::string(R"([2,1,0,0,0,"chat",{}])")})
    CHECK(first_room(other).empty());
}

}  // namespace dialogue::core
