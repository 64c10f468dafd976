// Which addresses are of the public internet.
#include "server/http_client/public_address.hpp"

#include <catch2/catch.hpp>

namespace dialogue::http_client {
namespace {

bool is_public(const char* text) { return is_public_address(boost::asio::ip::make_address(text)); }

}  // namespace

TEST_CASE("public addresses are public") {
  for (const char* text :
       {"8.8.8.8", "142.250.74.106", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "198.17.0.1",
        "223.255.255.255", "2a00:1450:4001:81b::200a", "2606:4700::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"})
    CHECK(is_public(text));
}

TEST_CASE("this machine, its networks and what stands for them are not") {
  for (const char* text : {"0.0.0.0",          "10.1.2.3",        "100.64.0.1",      "127.0.0.1",    "127.9.9.9",
                           "169.254.169.254",  "172.16.0.1",      "172.31.255.255",  "192.0.0.8",    "192.0.2.1",
                           "192.168.1.1",      "198.18.0.1",      "198.19.255.255",  "198.51.100.1", "203.0.113.9",
                           "224.0.0.1",        "240.0.0.1",       "255.255.255.255", "::",           "::1",
                           "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1",         "fec0::1",      "fc00::1",
                           "fd12:3456::1",     "ff02::1",         "2001:db8::1",     "2001::1",      "2002:7f00:1::1",
                           "64:ff9b::7f00:1",  "::7f00:1",        "100::1"})
    CHECK_FALSE(is_public(text));
}

}  // namespace dialogue::http_client
