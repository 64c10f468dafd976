// Percent-encoding: what is encoded comes back, and what is broken is told apart.
#include "shared/base/percent.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;

TEST_CASE("every byte is decoded again, and only unreserved ones are not encoded") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  const std::string encoded = percent_encoded(all);
  CHECK(percent_decoded(encoded) == all);
  CHECK(encoded.size() == 66 + 3 * (256 - 66));
  CHECK(percent_encoded("[1,\"ä\"]-._~") == "%5B1%2C%22%C3%A4%22%5D-._~");
}

TEST_CASE("a percent sign without two hexadecimal digits is not a percent-encoding") {
  for (const std::string_view broken : {"%", "a%", "%4", "%4x", "%x4", "% 4", "%+4", "%-4"}) CHECK_FALSE(percent_decoded(broken));
  CHECK(percent_decoded("a+b%2b%2B") == "a+b++");
}
