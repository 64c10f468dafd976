// A Socket.IO client on one WebSocket, byte by byte: every wait has a deadline and fails the test when it passes. One thread at a
// time.
#pragma once
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/server/support/test_client.hpp"

namespace dialogue::test {

class SioClient {
 public:
  /// A session without a namespace.
  explicit SioClient(std::uint16_t port) : client_(port) {
    REQUIRE(
        client_.send("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    REQUIRE(client_.read_through("\r\n\r\n").starts_with("HTTP/1.1 101"));
    CHECK(take().starts_with("0{"));
  }
  /// Connected to a namespace; its id there.
  SioClient(std::uint16_t port, const std::string& nsp, const std::string& auth = "") : SioClient(port) {
    send("40" + nsp + "," + auth);
    const std::string answer = take();
    const std::string head = "40" + nsp + ",{\"sid\":\"";
    REQUIRE(answer.starts_with(head));
    id = answer.substr(head.size(), answer.find('"', head.size()) - head.size());
  }

  void send(std::string_view text) { client_.send_text(text); }
  void send_binary(std::string_view bytes) { client_.send(client_frame(transport::Opcode::binary, bytes)); }
  /// The next text or bytes; pings are answered.
  std::string take() {
    while (true) {
      const Seen seen = client_.next();
      REQUIRE((seen.kind == transport::WebSocketEvent::Kind::text || seen.kind == transport::WebSocketEvent::Kind::binary));
      if (seen.payload != "2") return seen.payload;
      client_.send_text("3");
    }
  }
  /// Passes over everything else.
  void take_until(std::string_view text) {
    while (take() != text) continue;
  }
  /// Reads on until the server's Close.
  void await_close() {
    while (true) {
      const auto kind = client_.next().kind;
      if (kind == transport::WebSocketEvent::Kind::close || kind == transport::WebSocketEvent::Kind::need_more) return;
    }
  }
  TestClient& raw() { return client_; }

  std::string id{};

 private:
  TestClient client_;
};

}  // namespace dialogue::test
