// Tables of handshakes: which are right, and what they offer.
#include "server/transport/websocket/websocket_handshake.hpp"

#include <catch2/catch.hpp>

#include "tests/server/http/request/request_verdict.hpp"

using namespace dialogue;
using namespace dialogue::http;
using namespace dialogue::transport;
using namespace dialogue::test;

namespace {

std::string handshake(std::string_view more = "",
                      std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==", std::string_view version = "13") {
  return "GET /dialogue HTTP/1.1\r\nHost: a:80\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: " +
         std::string(key) + "\r\nSec-WebSocket-Version: " + std::string(version) + "\r\n" + std::string(more) + "\r\n";
}

unsigned handshake_status(const std::string& text) {
  const ParsedRequest request(text);
  REQUIRE(request.status == 0);
  const auto fault = check_handshake(request.header());
  return fault ? fault->status : 0;
}

/// Of a handshake with these fields more; the name "refused" where it is refused.
struct Offered {
  std::string name;
  std::optional<std::string> first_message;
};

Offered offered(std::string_view fields) {
  const ParsedRequest request(handshake(fields));
  REQUIRE(request.status == 0);
  const auto found = offered_subprotocol(request.header());
  if (const auto* fault = std::get_if<RequestError>(&found)) return {fault->status == 400 ? "refused" : "wrongly refused", {}};
  const auto& [name, first_message] = std::get<OfferedSubprotocol>(found);
  return {std::string(name), first_message};
}

}  // namespace

TEST_CASE("RFC 6455 4.2.1: a handshake has all its fields, once") {
  CHECK(handshake_status(handshake()) == 0);
  CHECK(handshake_status(handshake("", "dGhlIHNhbXBsZSBub25jZQ==", "8")) == 426);
  CHECK(handshake_status(handshake("Sec-WebSocket-Version: 8\r\n")) == 426);
  for (const std::string_view key : {"", "AAAA", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
                                     "dGhlIHNhbXBsZSBub25jZ!==", "AAAAAAAAAAAAAAAAAAAAAAAA"})
    CHECK(handshake_status(handshake("", key)) == 400);
  CHECK(handshake_status(handshake("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")) == 400);
  CHECK(handshake_status(handshake("Content-Length: 0\r\n")) == 400);
  CHECK(handshake_status("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n") == 400);
  CHECK(handshake_status("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n") == 400);
}

TEST_CASE("RFC 6455 4.2.1: the subprotocol is ours, wherever it stands, or none was offered") {
  CHECK(offered("").name.empty());
  CHECK(offered("Sec-WebSocket-Protocol: other, dialogue.v1\r\n").name == "dialogue.v1");
  CHECK(offered("Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Protocol: dialogue.v1\r\n").name == "dialogue.v1");
  for (const std::string_view blanks : {"dialogue.v1,", ",dialogue.v1", " \tother\t,,  dialogue.v1 \t", ", ,dialogue.v1"})
    CHECK(offered("Sec-WebSocket-Protocol:" + std::string(blanks) + "\r\n").name == "dialogue.v1");
  for (const std::string_view foreign : {"other", "dialogue.v10", "dialogue.v1.with", "other, dialogue.v1.with"})
    CHECK(offered("Sec-WebSocket-Protocol: " + std::string(foreign) + "\r\n").name == "refused");
}

TEST_CASE("A first message follows dialogue.v1.with, percent-encoded") {
  const auto with = [](std::string_view rest) { return offered("Sec-WebSocket-Protocol: " + std::string(rest) + "\r\n"); };
  const auto found = with("dialogue.v1, dialogue.v1.with, %5B1%2C%22%C3%A4%22%5D");
  CHECK(found.name == "dialogue.v1.with");
  CHECK(found.first_message == R"([1,"ä"])");
  CHECK(with("dialogue.v1.with, dialogue.v1, dialogue.v1").first_message == "dialogue.v1");  // whatever it says
  CHECK(with("dialogue.v1.with, a, dialogue.v1.with, b").first_message == "a");
  CHECK(with("dialogue.v1.with, a\r\nSec-WebSocket-Protocol: dialogue.v1").name == "dialogue.v1.with");
  CHECK(with("dialogue.v1.with\r\nSec-WebSocket-Protocol: a").first_message == "a");
  CHECK(with("dialogue.v1, dialogue.v1.with").name == "dialogue.v1");  // and nothing behind it
  for (const std::string_view broken : {"%", "%5", "%5G", "a%FF", "%C3", "%ED%A0%80"})
    CHECK(with("dialogue.v1, dialogue.v1.with, " + std::string(broken)).name == "refused");
}
