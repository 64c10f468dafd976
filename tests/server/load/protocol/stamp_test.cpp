// What a publication carries is read back from whatever stands around it.
#include "server/load/protocol/stamp.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::load;

namespace {

std::string body(const Stamp& stamp, std::size_t bytes = 0) {
  std::string text;
  write_body(text, stamp, bytes);
  return text;
}

}  // namespace

TEST_CASE("a body is the JSON object of bench/delivery/app.json, with the requested length") {
  CHECK(body({7, 2, 1234}) == R"({"n":7,"from":2,"at":1234,"text":""})");
  CHECK(body({7, 2, 1234}, 40) == R"({"n":7,"from":2,"at":1234,"text":"xxxx"})");
  CHECK(body({7, 2, 1234}, 1000).size() == 1000);
}

TEST_CASE("every stamp of a message is found, in order, and nothing after the last") {
  const std::string message = "MSG a 1 36\r\n" + body({1, 0, 5}) + "\r\nMSG a 1 36\r\n" + body({2, 0, 6}, 80) + "\r\n";
  std::string_view rest = message;
  const auto first = take_stamp(rest);
  const auto second = take_stamp(rest);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->n == 1);
  CHECK(first->at_us == 5);
  CHECK(second->n == 2);
  CHECK_FALSE(take_stamp(rest));
  CHECK(rest.empty());
}

TEST_CASE("a marker that no stamp follows is ignored") {
  const std::string message = R"({"n":"none","data":{"n":12,"from":x}})" + body({3, 4, 5});
  std::string_view rest = message;
  const auto stamp = take_stamp(rest);
  REQUIRE(stamp);
  CHECK(stamp->n == 3);
  CHECK(stamp->from == 4);
}

TEST_CASE("a number that is cut off or does not fit 64 bits is not a stamp") {
  for (std::string_view text :
       {R"({"n":1,"from":2,"at":)", R"({"n":1,"from)", R"({"n":)", R"({"n":99999999999999999999999,"from":1,"at":1)"})
    CHECK_FALSE(take_stamp(text));
}

TEST_CASE("another marker is used if a dialect has one") {
  std::string_view text = R"(number=5,"from":1,"at":9)";
  const auto stamp = take_stamp(text, "number=");
  REQUIRE(stamp);
  CHECK(stamp->n == 5);
}
