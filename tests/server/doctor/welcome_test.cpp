// What WELCOME and BYE mean to a check, and the frames that a check sends.
#include <catch2/catch.hpp>

#include "server/doctor/wire/welcome.hpp"

namespace dialogue::doctor {
namespace {

TEST_CASE("WELCOME has the server's silence and the size of its messages") {
  const auto found = read_reception(R"([33,1,0,7,25000,1763648497000,0,{"limits":{"rooms":1,"messageBytes":9000}}])");
  REQUIRE(found);
  CHECK(found->is_welcome);
  CHECK(found->ping_ms == 25'000);
  CHECK(found->message_bytes == 9'000);
}

TEST_CASE("a WELCOME without limits has the default") {
  CHECK(read_reception(R"([33,1,0,7,25000,1763648497000,0,{}])")->message_bytes == kMessageBytesMax);
}

TEST_CASE("BYE has the words of the refusal, and other texts are neither") {
  const auto found = read_reception(R"([45,60,0,{"message":"a token is required"}])");
  REQUIRE(found);
  CHECK_FALSE(found->is_welcome);
  CHECK(found->refusal == "a token is required");
  CHECK_FALSE(read_reception("[44,5]"));
  CHECK_FALSE(read_reception("<html>"));
}

TEST_CASE("a check sends valid frames") {
  CHECK(hello_frame("") == R"([1,1,0,0,{"client":"dialogue doctor"}])");
  CHECK(hello_frame("t") == R"([1,1,0,0,{"token":"t","client":"dialogue doctor"}])");
  CHECK(list_frame(7) == R"([8,7,{"limit":1}])");
}

}  // namespace
}  // namespace dialogue::doctor
