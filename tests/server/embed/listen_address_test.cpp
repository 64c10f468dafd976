// Listening addresses as people write them.
#include "server/embed/listen_address.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;

TEST_CASE("HOST:PORT is an IP address or localhost, and a port") {
  const auto url_of = [](const char* text) { return http_url(parse_listen_address(text).value()); };
  CHECK(url_of("127.0.0.1:8080") == "http://127.0.0.1:8080");
  CHECK(url_of("0.0.0.0:0") == "http://0.0.0.0:0");
  CHECK(url_of("localhost:80") == "http://127.0.0.1:80");
  CHECK(url_of("[::1]:65535") == "http://[::1]:65535");
}

TEST_CASE("any other text is not a listening address") {
  for (const char* text : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "::1:8080", "[127.0.0.1]:80", "[::1]", "example.com:80", "127.0.0.1 :80", "http://127.0.0.1:80"}) {
    INFO(text);
    CHECK_FALSE(parse_listen_address(text));
  }
}

TEST_CASE("two sockets cannot listen on one port of an address, nor beside one that has all addresses") {
  const auto shared = [](const char* a, const char* b) {
    const ListenAddress first = parse_listen_address(a).value(), second = parse_listen_address(b).value();
    CHECK(is_shared(first, second) == is_shared(second, first));
    return is_shared(first, second);
  };
  CHECK(shared("127.0.0.1:80", "localhost:80"));
  CHECK(shared("0.0.0.0:80", "10.0.0.1:80"));
  CHECK(shared("[::]:80", "[::1]:80"));
  CHECK(shared("[::]:80", "10.0.0.1:80"));
  CHECK(shared("[::]:80", "0.0.0.0:80"));
  CHECK_FALSE(shared("127.0.0.1:80", "127.0.0.1:81"));
  CHECK_FALSE(shared("127.0.0.1:80", "127.0.0.2:80"));
  CHECK_FALSE(shared("0.0.0.0:80", "[::1]:80"));
  CHECK_FALSE(shared("127.0.0.1:0", "127.0.0.1:0"));
}
