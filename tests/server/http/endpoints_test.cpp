// Where requests count.
#include "server/http/endpoints.hpp"

#include <catch2/catch.hpp>

#include "tests/server/http/request/request_verdict.hpp"

namespace dialogue::test {
namespace {

std::string counted(const std::string& method, const std::string& path) {
  const ParsedRequest request(method + ' ' + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::size_t at = endpoint_of(request.header(), request.checked);
  const auto names = endpoint_names();
  return at < names.size() ? names[at].first + ' ' + names[at].second : "other";
}

}  // namespace

TEST_CASE("a request counts by its route, or by what it reads; HEAD counts as GET") {
  CHECK(counted("GET", "/api/v1/rooms/a") == "GET /api/v1/rooms/{room}");
  CHECK(counted("HEAD", "/api/v1/rooms/a") == "GET /api/v1/rooms/{room}");
  CHECK(counted("GET", "/health") == "GET /health");
  CHECK(counted("HEAD", "/ready") == "GET /ready");
  CHECK(counted("GET", "/metrics") == "GET /metrics");
  CHECK(counted("GET", "/index.html") == "GET file");
}

TEST_CASE("what no endpoint takes counts together") {
  for (const char* method : {"PUT", "OPTIONS"}) CHECK(counted(method, "/api/v1/rooms/a") == "other");
  CHECK(counted("GET", "/api/v1/nothing") == "other");
  CHECK(counted("POST", "/index.html") == "other");
}

}  // namespace dialogue::test
