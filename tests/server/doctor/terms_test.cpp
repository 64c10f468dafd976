// The addresses that people give.
#include <catch2/catch.hpp>
#include <dialogue/setup_error.hpp>

#include "server/doctor/wire/terms.hpp"

namespace dialogue::doctor {
namespace {

TEST_CASE("an address is that of a page, or that of its WebSocket") {
  for (const char* text : {"https://chat.example.com", "https://chat.example.com/", "wss://chat.example.com/dialogue"}) {
    const http_client::HttpUrl url = parse_doctor_url(text);
    CHECK(url.is_secure);
    CHECK(url.authority() == "chat.example.com");
    CHECK(url.target.empty());
  }
}

TEST_CASE("a path is the prefix of all requests") {
  CHECK(parse_doctor_url("http://localhost:8080/chat/").target == "/chat");
  CHECK(parse_doctor_url("ws://localhost:8080/chat/dialogue").target == "/chat");
}

TEST_CASE("other addresses are refused") {
  for (const char* text : {"tcp://localhost:80", "localhost", "https://", "http://host/?a=b", "http://user:word@host"})
    CHECK_THROWS_AS(parse_doctor_url(text), SetupError);
}

}  // namespace
}  // namespace dialogue::doctor
