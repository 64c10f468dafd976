// Tables of requests: what Beast's parser lets through and this server must not, and what is right.
#include "server/http/request/http_check.hpp"

#include <catch2/catch.hpp>

#include "server/http/request/origin.hpp"
#include "tests/server/http/request/request_verdict.hpp"

using namespace dialogue;
using namespace dialogue::api;
using namespace dialogue::http;
using namespace dialogue::test;
using namespace std::string_literals;

namespace {

std::string get(std::string_view target, std::string_view fields = "Host: a\r\n") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

PageOrigin origin_of(std::string_view fields, std::string_view host = "example.com:8080", std::vector<std::string> allowed = {}) {
  const ParsedRequest request(get("/", "Host: " + std::string(host) + "\r\n" + std::string(fields)));
  REQUIRE(request.status == 0);
  return check_origin(request.header(), "http", allowed);
}

}  // namespace

TEST_CASE("F-F17 a page of this machine is one on localhost or a loopback address, by http or https") {
  for (const std::string_view own : {"http://localhost:5173", "https://localhost", "http://127.0.0.1:3000", "http://127.1.2.3",
                                     "http://[::1]:4321", "http://LOCALHOST:1"})
    CHECK(is_loopback_origin(own));
  for (const std::string_view foreign :
       {"", "null", "file://", "http://", "http://localhost.evil.com", "http://evil.com:5173", "http://127.0.0.1.evil.com",
        "http://localhost:5173/path", "http://localhost:5173@evil.com", "ftp://localhost", "http://192.168.0.1:5173",
        "localhost"})
    CHECK_FALSE(is_loopback_origin(foreign));
}

TEST_CASE("Right requests pass, with their path, query and host") {
  const ParsedRequest plain(get("/a/b?c=d?e"));
  REQUIRE(plain.status == 0);
  CHECK(plain.checked.path == "/a/b");
  CHECK(plain.checked.query == "c=d?e");
  CHECK(plain.checked.host == "a");
  CHECK(request_status(get("/", "Host: [::1]:80\r\n")) == 0);
  CHECK(request_status("GET / HTTP/1.0\r\n\r\n") == 0);
  CHECK(request_status("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
  CHECK(request_status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n") == 0);
  CHECK(request_status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n") == 0);
}

TEST_CASE("A path of the API comes with its route, others with none") {
  const ParsedRequest known(get("/api/v1/rooms/a%20b?limit=1"));
  REQUIRE(known.checked.match.route != nullptr);
  CHECK(known.checked.match.route->operation_id == "getRoom");
  CHECK(known.checked.match.parameters == std::vector<std::string>{"a b"});
  const ParsedRequest other_method("PUT /api/v1/rooms/a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(other_method.checked.match.route == nullptr);
  CHECK(other_method.checked.match.allowed == "GET, HEAD, DELETE");
  for (const char* path : {"/api/v1/nothing", "/rooms/a"}) CHECK(ParsedRequest(get(path)).checked.match.allowed.empty());
}

TEST_CASE("RFC 9112 3.2.2: an absolute target must name the host of the Host field") {
  const ParsedRequest absolute(get("http://a/x?y"));
  REQUIRE(absolute.status == 0);
  CHECK(absolute.checked.path == "/x");
  CHECK(absolute.checked.query == "y");
  const ParsedRequest bare(get("http://a"));
  CHECK(bare.checked.path == "/");
  CHECK(request_status(get("http://b/x")) == 400);
  CHECK(request_status(get("http:///x")) == 400);
  CHECK(request_status(get("ftp://a/x")) == 400);
}

TEST_CASE("R-12 requests whose end can be read in two ways are refused") {
  for (const std::string_view fields : {"Transfer-Encoding: xchunked\r\n",
                                        "Transfer-Encoding: gzip\r\n",
                                        "Transfer-Encoding: chunked, identity\r\n",
                                        "Transfer-Encoding: gzip, chunked\r\n",
                                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                                        "Transfer-Encoding:\r\n",
                                        "Transfer-Encoding: chunked,\r\n",
                                        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                                        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                        "Content-Length: 3\r\nContent-Length: 4\r\n",
                                        "Content-Length: 3\r\nContent-Length: 3\r\n",
                                        "Content-Length: 3, 3\r\n",
                                        "Content-Length: +3\r\n",
                                        "Content-Length: -1\r\n",
                                        "Content-Length: 0x3\r\n",
                                        "Content-Length:\r\n",
                                        "Content-Length: 3 3\r\n",
                                        "Content-Length: 99999999999999999999\r\n",
                                        "Content-Length : 3\r\n",
                                        "Transfer-Encoding : chunked\r\n",
                                        "Transfer-Encoding: chunked\r\n folded\r\n",
                                        "X: a\r\n\tb\r\n",
                                        " X: a\r\n",
                                        "X: a\x01\r\n",
                                        ": x\r\n",
                                        "X\r\n",
                                        "X Y: z\r\n"}) {
    INFO(fields);
    CHECK(request_status("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n") == 400);
  }
  CHECK(request_status("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s) == 400);
  CHECK(request_status("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n") == 400);
  CHECK(request_status("GET / HTTP/1.1\nHost: a\n\n") == 400);
  CHECK(request_status("GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n") == 400);
  CHECK(request_status("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("A request has one Host that is a host") {
  for (const std::string_view fields :
       {"", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host:\r\n", "Host: a b\r\n", "Host: a@b\r\n", "Host: a/b\r\n",
        "Host: a:\r\n", "Host: a:x\r\n", "Host: a:65536\r\n", "Host: a:0\r\n", "Host: a:1:2\r\n", "Host: [::1\r\n",
        "Host: [::g]\r\n", "Host: [::1]x\r\n", "Host: ::1\r\n", "Host: a,b\r\n", "Host: a?b\r\n"}) {
    INFO(fields);
    CHECK(request_status(get("/", fields)) == 400);
  }
}

TEST_CASE("Targets are printable ASCII and begin with a slash") {
  for (const std::string_view target : {"x", "*", "/a#b", "/\x80", "/\xc3\xa9", "?x", "example.com:443", "//"})
    CHECK(request_status(get(target)) == (target == "//" ? 0u : 400u));
  CHECK(request_status("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") >= 400);
  CHECK(request_status("CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(request_status("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(request_status("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 505);
  CHECK(request_status("GET /\r\nHost: a\r\n\r\n") >= 400);
  CHECK(request_status("\x16\x03\x01") == 400);  // the first bytes of TLS
}

TEST_CASE("R-10 headers have a maximum size and number of fields, and a target is checked separately") {
  CHECK(request_status("GET /" + std::string(100'000, 'x')) == 414);
  CHECK(request_status(std::string(100'000, 'x')) == 414);
  CHECK(request_status(get("/", "Host: a\r\nX: " + std::string(64 * 1024, 'x') + "\r\n")) == 431);
  std::string fields = "Host: a\r\n";
  for (int i = 1; i < 64; ++i) fields += "X: y\r\n";
  CHECK(request_status(get("/", fields)) == 0);
  CHECK(request_status(get("/", fields + "X: y\r\n")) == 431);
  const std::string frame = get("/", "Host: a\r\nX: \r\n");
  CHECK(request_status(get("/", "Host: a\r\nX: " + std::string(8192 - frame.size(), 'x') + "\r\n")) == 0);
  CHECK(request_status(get("/", "Host: a\r\nX: " + std::string(8193 - frame.size(), 'x') + "\r\n")) == 431);
}

TEST_CASE("R-11 only the page's own origin and listed ones may connect, by exact comparison") {
  CHECK(origin_of("") == PageOrigin::absent);
  CHECK(origin_of("Origin: http://example.com:8080\r\n") == PageOrigin::own);
  CHECK(origin_of("Origin: http://EXAMPLE.com:8080\r\n") == PageOrigin::own);
  CHECK(origin_of("Origin: http://example.com\r\n", "example.com") == PageOrigin::own);
  CHECK(origin_of("Origin: http://example.com\r\n", "example.com:80") == PageOrigin::own);
  CHECK(origin_of("Origin: http://[::1]:8080\r\n", "[::1]:8080") == PageOrigin::own);
  for (const std::string_view foreign : {"null",
                                         "file://",
                                         "",
                                         "https://example.com:8080",
                                         "http://example.com",
                                         "http://example.com:80",
                                         "http://example.com:8081",
                                         "http://evil.com",
                                         "http://example.com.evil.com:8080",
                                         "http://evilexample.com:8080",
                                         "http://sub.example.com:8080",
                                         "http://example.com:8080.evil.com",
                                         "http://example.com:8080@evil.com",
                                         "http://evil.com/http://example.com:8080",
                                         "http://example.com:8080/",
                                         "http://example.com:8080, http://evil.com",
                                         "http:example.com:8080",
                                         "//example.com:8080",
                                         "example.com:8080",
                                         "http://example.com:8080 http://evil.com"}) {
    INFO(foreign);
    CHECK(origin_of("Origin: " + std::string(foreign) + "\r\n") == PageOrigin::foreign);
  }
  CHECK(origin_of("Origin: http://example.com:8080\r\nOrigin: http://evil.com\r\n") == PageOrigin::foreign);
  CHECK(origin_of("Origin: http://evil.com\r\nCookie: session=1\r\n") == PageOrigin::foreign);

  const std::vector<std::string> allowed = {"https://app.example.com", "http://localhost:5173"};
  CHECK(origin_of("Origin: https://app.example.com\r\n", "a", allowed) == PageOrigin::listed);
  CHECK(origin_of("Origin: http://localhost:5173\r\n", "a", allowed) == PageOrigin::listed);
  CHECK(origin_of("Origin: https://app.example.com.evil.com\r\n", "a", allowed) == PageOrigin::foreign);
  CHECK(origin_of("Origin: https://app.example.com:443\r\n", "a", allowed) == PageOrigin::foreign);
  CHECK(origin_of("Origin: null\r\n", "a", {"*"}) == PageOrigin::listed);
}

TEST_CASE("Forwarding is seen in every field that proxies use") {
  const auto forwarded = [](std::string_view fields) {
    const ParsedRequest request(get("/", "Host: a\r\n" + std::string(fields)));
    return is_forwarded(request.header());
  };
  CHECK_FALSE(forwarded(""));
  CHECK_FALSE(forwarded("Forwarded-Nothing: x\r\n"));
  CHECK(forwarded("Forwarded: for=1.2.3.4\r\n"));
  CHECK(forwarded("X-Forwarded-For: 1.2.3.4\r\n"));
  CHECK(forwarded("x-forwarded-proto: https\r\n"));
  CHECK(forwarded("X-Real-IP: 1.2.3.4\r\n"));
  CHECK(forwarded("Via: 1.1 proxy\r\n"));
  CHECK(forwarded("cf-connecting-ip: 1.2.3.4\r\n"));
  CHECK(forwarded("X-Client-IP: 1.2.3.4\r\n"));
  CHECK(forwarded("True-Client-IP: 1.2.3.4\r\n"));
  CHECK_FALSE(forwarded("Cookie: a=b\r\nTe: trailers\r\nViable: x\r\n"));
  CHECK(request_status("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") >= 400);
}

TEST_CASE("A token is taken from the query, decoded once") {
  CHECK(query_token("").empty());
  CHECK(query_token("token=abc") == "abc");
  CHECK(query_token("a=b&token=a%2Bb&token=c") == "a+b");
  CHECK(query_token("xtoken=abc").empty());
  CHECK(query_token("token=%zz").empty());
  CHECK(query_token("&&token=x") == "x");
}
