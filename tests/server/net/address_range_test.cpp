// Addresses in text. What ranges contain is the business of the suites that use them.
#include "server/net/address_range.hpp"

#include <boost/asio/ip/address.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

namespace dialogue::net {

TEST_CASE("an address has the text that Asio gives it") {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const IpAddress address = boost::asio::ip::address_v4(static_cast<std::uint32_t>(random()));
    REQUIRE(address_text(address) == address.to_string());
  }
  for (const char* text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "10.9.99.100", "::1", "::ffff:10.0.0.1", "2001:db8::7"}) {
    const IpAddress address = boost::asio::ip::make_address(text);
    CHECK(address_text(address) == address.to_string());
  }
}

}  // namespace dialogue::net
