// What --proxy accepts, and which fields pass a proxy.
#include "server/proxy/proxy_target.hpp"

#include <catch2/catch.hpp>

#include "server/proxy/forwarded_head.hpp"

namespace dialogue::proxy {
namespace {

std::string fault_of(std::string_view text) {
  const auto parsed = parse_proxy(text);
  return std::holds_alternative<std::string>(parsed) ? std::get<std::string>(parsed) : "";
}

http::RequestHeader header_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  http::RequestHeader header;
  header.method(boost::beast::http::verb::get);
  header.target("/app/x?y=1");
  header.version(11);
  for (const auto& [name, value] : fields) header.insert(name, value);
  return header;
}

}  // namespace

TEST_CASE("a prefix and the URL of a backend are read") {
  const auto parsed = parse_proxy("/app/=http://127.0.0.1:3000");
  REQUIRE(std::holds_alternative<ProxyTarget>(parsed));
  CHECK(std::get<ProxyTarget>(parsed).prefix == "/app");
  CHECK(std::get<ProxyTarget>(parsed).url.port == "3000");
  CHECK(fault_of("/=https://app.internal").empty());
}

TEST_CASE("faulty proxies are refused with a clause") {
  CHECK(fault_of("/app") == "\"/app\" is not of the form PREFIX=URL");
  CHECK(fault_of("app=http://a").find("is not a path") != std::string::npos);
  CHECK(fault_of("/a b=http://a").find("is not a path") != std::string::npos);
  CHECK(fault_of("/app=ftp://a").find("http://HOST:PORT") != std::string::npos);
  CHECK(fault_of("/app=http://a/b").find("has a path") != std::string::npos);
  for (const char* own : {"/api/v1", "/dialogue", "/health", "/_dialogue/x", "/socket.io"})
    CHECK(fault_of(std::string(own) + "=http://a").find("the server itself serves") != std::string::npos);
}

TEST_CASE("a request keeps its line and fields, without those of one connection, and says who asks") {
  const auto header = header_of({{"Host", "chat.example"},
                                 {"Connection", "keep-alive, X-Secret"},
                                 {"X-Secret", "1"},
                                 {"Keep-Alive", "5"},
                                 {"TE", "trailers"},
                                 {"Cookie", "a=b"},
                                 {"X-Forwarded-For", "1.2.3.4"},
                                 {"Forwarded", "for=1.2.3.4"}});
  CHECK(forwarded_request(header, {"203.0.113.9", "https"}, "") ==
        "GET /app/x?y=1 HTTP/1.1\r\nhost: chat.example\r\ncookie: a=b\r\nX-Forwarded-For: 203.0.113.9\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: chat.example\r\nForwarded: for=203.0.113.9;proto=https\r\n\r\n");
}

TEST_CASE("what a trusted proxy says of its client stays in front, and an IPv6 address is quoted") {
  const auto header = header_of({{"Host", "a"}, {"X-Forwarded-For", "203.0.113.9"}});
  const std::string text = forwarded_request(header, {"2001:db8::1", "http", true}, "Content-Length: 3\r\n");
  CHECK(text.find("X-Forwarded-For: 203.0.113.9, 2001:db8::1\r\n") != std::string::npos);
  CHECK(text.find("Forwarded: for=\"[2001:db8::1]\";proto=http\r\nContent-Length: 3\r\n\r\n") != std::string::npos);
}

TEST_CASE("a response loses the fields of its connection, and those that the server sets") {
  const Fields kept = forwarded_fields({{"Connection", "close, X-Hop"},
                                        {"x-hop", "1"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"Content-Length", "3"},
                                        {"Date", "today"},
                                        {"Set-Cookie", "a=b"},
                                        {"Set-Cookie", "c=d"}});
  CHECK(kept == Fields{{"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}});
}

}  // namespace dialogue::proxy
