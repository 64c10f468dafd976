// Which addresses a shell's client takes, and what it makes of them.
#include "server/shell/server_url.hpp"

#include <catch2/catch.hpp>
#include <dialogue/setup_error.hpp>
#include <string>

namespace dialogue::test {

using namespace shell;

namespace {

/// "HOST PORT PATH", with the kind before it.
std::string seen(std::string_view url) {
  const ServerUrl parsed = parse_server_url(url);
  CHECK(parsed.text == url);
  return std::string(parsed.is_tcp ? "tcp" : "ws") + (parsed.target.is_secure ? "+tls " : " ") + parsed.target.host + ' ' +
         parsed.target.port + ' ' + parsed.target.path;
}

}  // namespace

TEST_CASE("addresses of the WebSocket and of TCP, with TLS and without") {
  CHECK(seen("http://127.0.0.1:8080") == "ws 127.0.0.1 8080 /dialogue");
  CHECK(seen("http://example.com") == "ws example.com 80 /dialogue");
  CHECK(seen("https://example.com/") == "ws+tls example.com 443 /dialogue");
  CHECK(seen("wss://example.com/rooms") == "ws+tls example.com 443 /rooms");
  CHECK(seen("ws://[::1]:9") == "ws ::1 9 /dialogue");
  CHECK(seen("tcp://127.0.0.1:8090") == "tcp 127.0.0.1 8090 /dialogue");
  CHECK(seen("tls://example.com:443") == "tcp+tls example.com 443 /dialogue");
  CHECK(seen("tcp://[::1]:80") == "tcp ::1 80 /dialogue");
}

TEST_CASE("an invalid address is refused with the expected form") {
  for (const char* const url : {"", "example.com", "ftp://example.com", "http://", "http://a:b", "http://u@h",
                                "tcp://example.com", "tls://example.com", "tcp://[::1]", "tcp://a:1/x", "tcp://a:0"}) {
    INFO(url);
    CHECK_THROWS_AS(parse_server_url(url), SetupError);
  }
}

}  // namespace dialogue::test
