// URLs that the server itself asks.
#include "server/http_client/http_url.hpp"

#include <catch2/catch.hpp>

using dialogue::http_client::parse_http_url;

TEST_CASE("a URL is split into its address and its target") {
  const auto url = parse_http_url("https://app.example.com/hooks?x=1");
  REQUIRE(url);
  CHECK(url->is_secure);
  CHECK(url->host == "app.example.com");
  CHECK(url->port == "443");
  CHECK(url->target == "/hooks?x=1");
  CHECK(url->authority() == "app.example.com");
  const auto six = parse_http_url("http://[::1]:3000");
  REQUIRE(six);
  CHECK(six->host == "::1");
  CHECK(six->target == "/");
  CHECK(six->authority() == "[::1]:3000");
  CHECK(six->is_loopback());
  CHECK(parse_http_url("http://localhost/")->is_loopback());
  CHECK_FALSE(parse_http_url("http://10.0.0.1/")->is_loopback());
}

TEST_CASE("a URL that is not http or https, or hides something, is refused") {
  for (const char* text : {"", "app.example.com", "ftp://a/", "http://", "http:///x", "http://a:0/", "http://a:99999/",
                           "http://a:b/", "http://user:pass@a/", "http://a/ b", "http://a/#part", "http://a/\r\nX: y"}) {
    INFO(text);
    CHECK_FALSE(parse_http_url(text));
  }
}
