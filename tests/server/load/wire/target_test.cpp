// Where the load goes.
#include "server/load/wire/target.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::load;

TEST_CASE("an address is taken apart, with its usual port and without a path if it has none") {
  const auto plain = parse_target("ws://example.com");
  REQUIRE(plain);
  CHECK(plain->host == "example.com");
  CHECK(plain->port == "80");
  CHECK(plain->path.empty());
  const auto whole = parse_target("ws://[::1]:8080/socket?x=1");
  REQUIRE(whole);
  CHECK(whole->host == "::1");
  CHECK(whole->port == "8080");
  CHECK(whole->path == "/socket?x=1");
  CHECK(whole->authority == "[::1]:8080");
}

TEST_CASE("wss is an address with TLS, whose usual port is 443") {
  const auto secure = parse_target("wss://example.com/socket");
  REQUIRE(secure);
  CHECK(secure->is_secure);
  CHECK(secure->port == "443");
  CHECK(secure->origin() == "wss://example.com");
  const auto plain = parse_target("ws://example.com:8080");
  REQUIRE(plain);
  CHECK_FALSE(plain->is_secure);
  CHECK(plain->origin() == "ws://example.com:8080");
}

TEST_CASE("an invalid WebSocket address is refused") {
  for (const char* url : {"", "localhost:8080", "http://localhost", "https://localhost", "wss:/localhost", "wss://", "ws://",
                          "ws://:80", "ws://a:0", "ws://a:65536", "ws://a:80x", "ws://[::1", "ws://[::1]8080", "ws://user@host"})
    CHECK_FALSE(parse_target(url));
}
