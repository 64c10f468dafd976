// The server on real sockets: what an honest peer sees.
#include "server/host/server.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <future>
#include <memory>

#include "server/core/connection/connection.hpp"
#include "server/core/messages/handles.hpp"
#include "shared/base/percent.hpp"
#include "tests/patience.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/support/test_server.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::host;
using namespace dialogue::transport;
using namespace dialogue::test;
using Kind = WebSocketEvent::Kind;

TEST_CASE("Two clients on two shards talk through a room") {
  TestServer server;
  HonestClient ann(server.port(), "ann"), bob(server.port(), "bob");
  ann.round_trip_ms();
  CHECK(bob.await("[36,").find("round trip 1") != std::string::npos);
  bob.round_trip_ms();
  CHECK(server.server().connection_count() == 2);
}

TEST_CASE("The handshake names the subprotocol when it was offered, and works without") {
  TestServer server;
  TestClient offered(server.port());
  offered.send(upgrade_request());
  const HttpReply reply = offered.reply();
  CHECK(reply.status == 101);
  CHECK(reply.field("Sec-WebSocket-Protocol") == "dialogue.v1");
  CHECK(reply.field("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // the example of RFC 6455 section 1.3

  TestClient plain(server.port());
  plain.send(
      "GET /dialogue HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  CHECK(plain.reply().field("Sec-WebSocket-Protocol").empty());
  plain.send_text(hello("ann"));
  CHECK(plain.next_frame().starts_with("[33,"));
}

TEST_CASE("What comes within the handshake is answered with the handshake's answer") {
  TestServer server;
  TestClient client(server.port());
  const std::string message = hello("ann") + "\n" + R"([2,1,0,0,0,"chat",{}])";
  client.upgrade("Sec-WebSocket-Protocol: dialogue.v1.with, " + percent_encoded(message) + "\r\n");
  CHECK(client.next_frame().starts_with("[33,"));
  CHECK(client.next_frame().starts_with("[34,1,"));
  client.send_text(R"([8,2])");
  CHECK(client.next_frame().starts_with("[42,2,0,"));
}

namespace {

/// A client whose first message joins `room`, and the shard that its session's secret names.
struct Settled {
  Settled(std::uint16_t port, const std::string& room) : client(port) {
    const std::string message = hello("ann") + "\n" + R"([2,1,0,0,0,")" + room + R"(",{}])";
    client.upgrade("Sec-WebSocket-Protocol: dialogue.v1.with, " + percent_encoded(message) + "\r\n");
    const std::string frame = client.next_frame();
    is_welcome = frame.starts_with("[33,");
    constexpr std::string_view kKey = R"("resume":")";
    if (is_welcome) shard = std::stoul(frame.substr(frame.find(kKey) + kKey.size() + kLineDigits, kShardDigits), nullptr, 16);
  }
  TestClient client;
  bool is_welcome = false;
  std::size_t shard = 0;
};

}  // namespace

TEST_CASE("A connection lives at the home of the room that its first message joins") {
  TestServer server([](ServerConfig& config) { config.shard_count = 4; });
  for (int i = 0; i < 12; ++i) {
    const std::string room = "room-" + std::to_string(i);
    INFO(room);
    CHECK(Settled(server.port(), room).shard == shard_of(room, 4));
  }
  Settled in_chat(server.port(), "chat");
  CHECK(in_chat.client.next_frame().starts_with("[34,1,"));
  in_chat.client.send_text(R"([8,2])");
  CHECK(in_chat.client.next_frame().starts_with("[42,2,0,"));
}

TEST_CASE("Members of one room fill its home a quarter above its share, and then live with others") {
  TestServer server([](ServerConfig& config) {
    config.shard_count = 4;
    config.shard.limits.connections_per_user = 0;  // all of them are Ann's
  });
  std::vector<std::unique_ptr<Settled>> members;
  std::size_t at_home = 0;
  constexpr std::size_t kMembers = 160, kShare = kMembers / 4;
  for (std::size_t i = 0; i < kMembers; ++i) {
    members.push_back(std::make_unique<Settled>(server.port(), "chat"));
    REQUIRE(members.back()->is_welcome);
    if (members.back()->shard == shard_of("chat", 4)) ++at_home;
  }
  CHECK(at_home > kShare);
  CHECK(at_home <= kShare + kShare / 4 + 16);
}

TEST_CASE("A room's home that has as many connections as it may leaves places for more elsewhere") {
  constexpr std::size_t kPlaces = 8;
  TestServer server([](ServerConfig& config) {
    config.shard_count = 4;
    config.shard.limits.connections_max = kPlaces;
  });
  std::vector<std::unique_ptr<Settled>> members;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    members.push_back(std::make_unique<Settled>(server.port(), "chat"));
    CHECK(members.back()->is_welcome);
  }
}

TEST_CASE("A first message that is not a HELLO ends the WebSocket, one that is not a text the handshake") {
  TestServer server;
  TestClient rude(server.port());
  rude.upgrade("Sec-WebSocket-Protocol: dialogue.v1.with, hello\r\n");
  CHECK(rude.next_frame().starts_with("[45,"));
  TestClient broken(server.port());
  broken.send(upgrade_request("Sec-WebSocket-Protocol: dialogue.v1.with, %FF\r\n"));
  CHECK(broken.reply().status == 400);
}

TEST_CASE("A request that arrives byte by byte is read as a whole") {
  TestServer server;
  TestClient client(server.port());
  for (const char byte : upgrade_request()) client.send({&byte, 1});
  CHECK(client.reply().status == 101);
  TestClient half(server.port());
  half.send(get_request("/health"));
  ::shutdown(half.descriptor(), SHUT_WR);  // who has said all may still listen
  CHECK(half.reply().status == 200);
}

TEST_CASE("Frames that come in one piece with the handshake are not lost") {
  TestServer server;
  TestClient client(server.port());
  client.send(upgrade_request() + client_frame(Opcode::text, hello("ann")) +
              client_frame(Opcode::text, R"([2,1,0,0,0,"chat",{}])"));
  CHECK(client.reply().status == 101);
  CHECK(client.next_frame().starts_with("[33,"));
  CHECK(client.next_frame().starts_with("[34,1,"));
}

TEST_CASE("A version other than 13 is answered with 426 and the one that is spoken") {
  TestServer server;
  TestClient client(server.port());
  client.send(get_request("/dialogue",
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                          "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n"));
  const HttpReply reply = client.reply();
  CHECK(reply.status == 426);
  CHECK(reply.field("Sec-WebSocket-Version") == "13");
}

TEST_CASE("Pings are answered with their payload") {
  TestServer server;
  TestClient client(server.port());
  client.upgrade();
  client.send(client_frame(Opcode::ping, "abc"));
  CHECK(client.next() == Seen{Kind::pong, "abc"});
}

TEST_CASE("HTTP answers over one kept connection, HEAD without a body") {
  TemporaryDirectory directory;
  directory.write("index.html", "<p>hi");
  TestServer server([&](ServerConfig& config) {
    config.static_directory = directory.path();
    config.client_js = "export {}";
  });
  TestClient client(server.port());
  client.send(get_request("/"));
  const HttpReply page = client.reply();
  CHECK(page.status == 200);
  CHECK(page.body == "<p>hi");
  CHECK(page.field("Connection") == "keep-alive");
  CHECK(page.field("X-Content-Type-Options") == "nosniff");
  const std::string policy = page.field("Content-Security-Policy");
  CHECK(policy.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"));
  CHECK(policy.find("'unsafe-inline'") == std::string::npos);
  CHECK(policy.find("ws") == std::string::npos);
  CHECK_FALSE(page.field("Date").empty());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get_request("/_dialogue/client.js"));
  CHECK(client.reply(true).field("Content-Length") == "5");
  const HttpReply script = client.reply();
  CHECK(script.body == "export {}");
  CHECK(script.field("Content-Type") == "text/javascript; charset=utf-8");
  client.send(get_request("/health", "Connection: close\r\n"));
  CHECK(client.reply().field("Connection") == "close");
  CHECK(client.read_to_end().empty());
}

TEST_CASE("HTTP/1.0 is closed after the answer") {
  TestServer server;
  TestClient client(server.port());
  client.send("GET /health HTTP/1.0\r\n\r\n");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("A request body is read and dropped, and the next request is found after it") {
  TestServer server;
  TestClient client(server.port());
  client.send("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get_request("/health"));
  CHECK(client.reply().status == 405);
  CHECK(client.reply().status == 200);
  client.send("POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
              get_request("/ready"));
  CHECK(client.reply().status == 405);
  CHECK(client.reply().status == 200);
  client.send("POST /health HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(client.reply().status == 405);
  CHECK(client.read_to_end().empty());
}

TEST_CASE("A body above the limit is answered with 413") {
  TestServer server;
  for (const std::string_view body : {"Content-Length: 65537\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n10001\r\n"}) {
    TestClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(body) + std::string(70'000, 'x'));
    CHECK(client.reply().status == 413);
    CHECK(client.read_to_end().empty());
  }
}

TEST_CASE("A failure of start() is described in words") {
  TestServer first;
  ServerConfig config = test_server_config();
  config.listen.port = first.port();
  CHECK(Server(std::move(config)).start()->find("cannot bind to 127.0.0.1 port") == 0);
  config = test_server_config();
  config.listen.host = "example.com";
  CHECK(Server(std::move(config)).start()->find("not an IP address") != std::string::npos);
  config = test_server_config();
  config.static_directory = "/nonexistent";
  CHECK(Server(std::move(config)).start()->find("/nonexistent") != std::string::npos);
}

TEST_CASE("IPv6 is served, and seen as loopback") {
  TestServer server([](ServerConfig& config) {
    config.listen.host = "::";
    config.identify = source_of([](const Credentials& given, const PeerFacts& peer, std::uint64_t) -> AuthResult {
      if (!peer.loopback_peer || peer.loopback_listener || peer.forwarded || !peer.loopback_host) return Refusal{};
      return Identity{.user_id = given.token, .name = {}, .meta = {}, .role = {}};
    });
  });
  TestClient client(server.port());  // by IPv4, so that the server sees a mapped address
  std::string request = upgrade_request();
  request.replace(request.find("/dialogue"), 9, "/dialogue?token=ann%31");
  client.send(request);
  REQUIRE(client.reply().status == 101);
  client.send_text("[1,1,0,0,{}]");
  CHECK(client.next_frame().find("\"ann1\"") != std::string::npos);
}

TEST_CASE("Stopping notifies every client, and does not wait for those that do not read") {
  TestServer server([](ServerConfig& config) { config.websocket.closing_timeout_ms = 300; });
  HonestClient ann(server.port(), "ann");
  TestClient deaf(server.port()), idle(server.port()), half(server.port());
  deaf.upgrade();
  half.send("GET / HT");
  auto stopped = std::async(std::launch::async, [&] { server.server().stop(); });
  CHECK(ann.await("[45,52,").find("shutting down") != std::string::npos);
  const Seen close = ann.client().next();
  CHECK(close.kind == Kind::close);
  CHECK(close.close_code == 1012);
  ann.client().send(client_frame(Opcode::close, close_payload(1012, "")));
  CHECK(ann.client().next().kind == Kind::need_more);
  CHECK(idle.read_to_end().empty());
  CHECK(deaf.next_close() == 1012);
  REQUIRE(stopped.wait_for(testing::kPatience) == std::future_status::ready);
  CHECK(server.server().connection_count() == 0);
}

TEST_CASE("A stopped server gives back everything, again and again") {
  for (int i = 0; i < 5; ++i) {
    TestServer server;
    HonestClient ann(server.port(), "ann");
    ann.round_trip_ms();
  }
}
