// Socket.IO at a whole server: bounds that no client reaches at the program's own, and sessions of several loops over one socket
// each.
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/support/test_server.hpp"

namespace dialogue::test {
namespace {

constexpr std::string_view kPolling = "/socket.io/?EIO=4&transport=polling";

std::string websocket_request(std::string_view sid) {
  std::string request = "GET /socket.io/?EIO=4&transport=websocket";
  if (!sid.empty()) request.append("&sid=").append(sid);
  return request +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

/// A WebSocket of a session, whose first message is there to be read.
void open_websocket(TestClient& client, std::string_view sid = {}) {
  REQUIRE(client.send(websocket_request(sid)));
  REQUIRE(client.read_through("\r\n\r\n").starts_with("HTTP/1.1 101"));
}

/// The next text; pings are answered.
std::string next_text(TestClient& client) {
  while (true) {
    const Seen seen = client.next();
    REQUIRE(seen.kind == WebSocketEvent::Kind::text);
    if (seen.payload != "2") return seen.payload;
    client.send_text("3");
  }
}

std::string sid_of(const std::string& opened) {
  const std::size_t begin = opened.find("\"sid\":\"") + 7;
  return opened.substr(begin, opened.find('"', begin) - begin);
}

std::string post_request(std::string_view sid, std::string_view body) {
  return "POST " + std::string(kPolling) + "&sid=" + std::string(sid) +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("the number of namespaces of a Socket.IO client is limited") {
  const TestServer server([](ServerConfig& config) {
    config.socketio = transport::socketio_echo_limits();
    config.socketio.namespaces_max = 1;
  });
  TestClient client(server.port());
  open_websocket(client);
  CHECK(next_text(client).starts_with("0{"));
  client.send_text("40");
  CHECK(next_text(client).starts_with("40{"));
  CHECK(next_text(client).starts_with("42[\"auth\""));
  client.send_text("40/custom");
  CHECK(next_text(client) == R"(44/custom,{"message":"Too many namespaces"})");
  client.send_text("41");
  client.send_text("40/custom");
  CHECK(next_text(client).starts_with("40/custom,{"));
}

TEST_CASE("the bytes that wait for an Engine.IO client that reads nothing are limited; beyond the limit its session ends") {
  const TestServer server([](ServerConfig& config) {
    config.socketio = transport::socketio_echo_limits();
    config.socketio.engine.ping_interval_ms = config.socketio.connect_timeout_ms = 600'000;
    config.socketio.engine.buffered_bytes_max = 100'000;
  });
  TestClient client(server.port());
  client.send(get_request(kPolling));
  const std::string sid = sid_of(client.reply().body);
  client.send(post_request(sid, "40"));
  CHECK(client.reply().body == "ok");
  const std::string message = R"(42["message",")" + std::string(30'000, 'x') + "\"]";
  unsigned taken = 0;
  while (taken < 10) {
    client.send(post_request(sid, message));
    if (client.reply().status != 200) break;
    ++taken;
  }
  CHECK(taken >= 3);
  CHECK(taken <= 4);
}

TEST_CASE("P-28 sessions, parked polls, upgrades and what was abandoned of them leave no socket behind") {
  const TestServer server([](ServerConfig& config) {
    config.shard_count = 3;
    config.socketio = transport::socketio_echo_limits();
  });
  constexpr int kRounds = 60;
  for (int i = 0; i < kRounds; ++i) {
    TestClient polling(server.port());
    polling.send(get_request(kPolling));
    const std::string sid = sid_of(polling.reply().body);
    polling.send(get_request(std::string(kPolling) + "&sid=" + sid));  // parked
    TestClient socket(server.port());
    open_websocket(socket, sid);
    if (i % 3 == 0) continue;
    socket.send_text("2probe");
    CHECK(next_text(socket) == "3probe");
    if (i % 3 == 1) socket.send_text("5");
    if (i % 2 == 0) socket.reset();
  }
  server.await_connections(0);
}

}  // namespace dialogue::test
