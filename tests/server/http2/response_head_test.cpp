// Heads of responses, as the HTTP side writes them and as no server should.
#include "server/http2/response_head.hpp"

#include <catch2/catch.hpp>

using namespace dialogue::http2;

TEST_CASE("a head becomes lower-case fields, without those of the connection, and says how long the body is") {
  const auto head = read_response_head(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\nUpgrade: websocket\r\n"
      "X-Empty: \r\n\r\nhello");
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->length == 5);
  CHECK(head->size > 0);
  const std::vector<std::pair<std::string, std::string>> fields{
      {"content-type", "text/plain"}, {"content-length", "5"}, {"x-empty", ""}};
  CHECK(head->fields == fields);
  CHECK(head->has_body(false));
  CHECK_FALSE(head->has_body(true));
}

TEST_CASE("a head that has not come to its end is waited for") {
  const std::string text = "HTTP/1.1 204 No Content\r\nVary: Origin\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto part = read_response_head(text.substr(0, size));
    REQUIRE(part);
    CHECK(part->size == 0);
  }
  const auto head = read_response_head(text);
  REQUIRE(head);
  CHECK(head->size == text.size());
  CHECK_FALSE(head->has_body(false));
}

TEST_CASE("100 Continue is followed by another head; a body of no length ends with the connection") {
  CHECK(read_response_head("HTTP/1.1 100 Continue\r\n\r\n")->is_interim());
  const auto stream = read_response_head("HTTP/1.1 200 OK\r\n\r\n");
  CHECK_FALSE(stream->length);
  CHECK(stream->has_body(false));
  CHECK_FALSE(read_response_head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")->has_body(false));
}

TEST_CASE("an invalid head of a response is refused") {
  for (const char* text :
       {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 99 No\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "\r\n\r\n"})
    CHECK_FALSE(read_response_head(text));
}
