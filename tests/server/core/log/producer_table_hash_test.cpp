// The hash that tells a repeated publication from another one under its number.
#include <catch2/catch.hpp>

#include "server/core/log/producer_table.hpp"

namespace dialogue::core {

TEST_CASE("the hash of a publication differs with its event, its length, its content, and whether it deletes its key") {
  CHECK(payload_hash("m", "abc") == payload_hash("m", "abc"));
  CHECK(payload_hash("m", "abc") != payload_hash("n", "abc"));
  CHECK(payload_hash("m", "abc") != payload_hash("m", "abd"));
  CHECK(payload_hash("m", "12345678") != payload_hash("m", "12345679"));
  CHECK(payload_hash("m", "") != payload_hash("m", std::string_view("\0", 1)));
  CHECK(payload_hash("m", "1234567812345678") != payload_hash("m", "12345678"));
  CHECK(payload_hash("ab", "c") != payload_hash("a", "bc"));
  CHECK(payload_hash("m", "12345678", true) != payload_hash("m", "12345678"));
}

}  // namespace dialogue::core
