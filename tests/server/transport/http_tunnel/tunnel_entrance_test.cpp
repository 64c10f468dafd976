// What connections over HTTP refuse: pages, methods, bodies, ids that are forged or stolen, and more than the bounds allow.
#include "server/transport/http_tunnel/tunnel_entrance.hpp"

#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/support/bytes_each.hpp"
#include "tests/server/support/test_server.hpp"
#include "tests/server/transport/http_tunnel/tunnel_member.hpp"

namespace dialogue::test {

using namespace host;
using namespace net;

namespace {

constexpr const char* kGoodPage = "Origin: https://good.example\r\n";
constexpr const char* kBadPage = "Origin: https://bad.example\r\n";

/// Reads WELCOME of a stream, without a buffer that stays, and acknowledges it.
void acknowledge_first(const TestServer& server, TestClient& stream) {
  std::string text;
  while (text.find("data: [33,") == std::string::npos || !text.ends_with("\n\n")) {
    REQUIRE(stream.wait_readable(kPatienceMs));
    std::array<char, 4096> bytes;
    const ssize_t count = ::recv(stream.descriptor(), bytes.data(), bytes.size(), 0);
    REQUIRE(count > 0);
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const std::size_t at = text.find(R"({"session":")");
  const TunnelReply reply = ask(server.port(), "/dialogue/send", text.substr(at, 12 + 36) + "\",\"have\":1}");
  REQUIRE(reply.http.status == 200);
}

std::string opening(const std::string& user) { return opening_head() + "\n" + hello(user); }

}  // namespace

TEST_CASE("pages of other origins are refused, and answers to allowed ones can be read by them") {
  const TestServer server([](ServerConfig& config) { config.allowed_origins = {"https://good.example"}; });
  CHECK(ask(server.port(), "/dialogue/poll", opening("bob"), kBadPage).http.status == 403);
  const TunnelReply good = ask(server.port(), "/dialogue/poll", opening("bob"), kGoodPage);
  CHECK(good.http.status == 200);
  for (const TunnelReply& reply : {good, ask(server.port(), "/dialogue/poll", "{}", kGoodPage),
                                   ask(server.port(), "/dialogue/poll", R"({"session":"x"})", kGoodPage),
                                   ask(server.port(), "/dialogue/send", std::string(80'000, 'x'), kGoodPage)}) {
    INFO(reply.http.head);
    CHECK(reply.http.field("Vary") == "Origin");
    CHECK(reply.http.field("Access-Control-Allow-Origin") == "https://good.example");
    CHECK(reply.http.field("X-Content-Type-Options") == "nosniff");
  }
  // The id is of that page: elsewhere it is worth nothing.
  const std::string use = R"({"session":")" + good.member("session") + "\"}";
  CHECK(ask(server.port(), "/dialogue/send", use).http.status == 410);
  CHECK(ask(server.port(), "/dialogue/send", use, "Origin: http://127.0.0.1\r\n").http.status == 410);
  CHECK(ask(server.port(), "/dialogue/send", use, kGoodPage).http.status == 200);
}

TEST_CASE("other methods, and preflight requests") {
  const TestServer server([](ServerConfig& config) { config.allowed_origins = {"https://good.example"}; });
  TestClient client(server.port());
  client.send(get_request("/dialogue/poll"));
  const HttpReply wrong = client.reply();
  CHECK(wrong.status == 405);
  CHECK(wrong.field("Allow") == "POST, OPTIONS");
  client.send("OPTIONS /dialogue/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(kGoodPage) + "\r\n");
  const HttpReply preflight = client.reply();
  CHECK(preflight.status == 204);
  CHECK(preflight.field("Access-Control-Allow-Methods") == "POST");
  CHECK(preflight.field("Access-Control-Allow-Origin") == "https://good.example");
}

TEST_CASE("paths follow the path of the WebSocket") {
  const TestServer server([](ServerConfig& config) { config.path = "/live"; });
  CHECK(ask(server.port(), "/dialogue/poll", opening("bob")).http.status == 405);
  CHECK(ask(server.port(), "/live/poll", opening("bob")).http.status == 200);
  CHECK(ask(server.port(), "/live/polls", opening("bob")).http.status == 405);
}

TEST_CASE("ids that were not given, and those of loops that there are not, are unknown") {
  const TestServer server;
  const TunnelReply begun = ask(server.port(), "/dialogue/poll", opening("bob"));
  std::string id = begun.member("session");
  REQUIRE(id.size() == 36);
  const auto ask_with = [&](const std::string& session, const char* path) {
    return ask(server.port(), path, R"({"session":")" + session + "\"}");
  };
  std::vector<std::string> forged = {"x", std::string(36, '0'), id.substr(0, 32) + "ffff", id.substr(0, 32) + "zzzz", id + "0"};
  forged.push_back(id);
  forged.back()[0] = id[0] == '0' ? '1' : '0';
  forged.push_back(id);
  forged.back()[35] = id[35] == '0' ? '1' : '0';
  for (const std::string& session : forged)
    for (const char* path : {"/dialogue/poll", "/dialogue/send"}) {
      const TunnelReply reply = ask_with(session, path);
      CHECK(reply.http.status == 410);
      CHECK(reply.http.field("Content-Type") == "application/problem+json");
    }
  TestClient stream(server.port());
  stream.send(post("/dialogue/stream", R"({"session":")" + forged[1] + "\"}"));
  CHECK(stream.read_to_end().starts_with("HTTP/1.1 410 Gone\r\n"));
  CHECK(ask_with(id, "/dialogue/send").http.status == 200);
}

TEST_CASE("R-17 a body of line ends only is not a frame, one of 8 MB is not read, and one of too many frames is refused") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  CHECK(ask(server.port(), "/dialogue/send", member.head() + std::string(60'000, '\n')).http.status == 200);
  TestClient flood(server.port());
  flood.send("POST /dialogue/send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8000000\r\n\r\n" + member.head() +
             std::string(10'000, '\n'));
  CHECK(flood.reply().status == 413);
  std::string many = member.head(R"(,"from":)" + std::to_string(member.said() + 1));
  for (int i = 0; i < 10'000; ++i) many += "\n[11]";
  CHECK(ask(server.port(), "/dialogue/send", many).http.status == 400);
  CHECK(member.acknowledge().http.status == 200);
}

TEST_CASE("malformed and oversized bodies are refused, and the connection of the session continues") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  CHECK(ask(server.port(), "/dialogue/send", "nonsense").http.status == 400);
  CHECK(ask(server.port(), "/dialogue/send", member.head() + "\n" + std::string(70'000, 'x')).http.status == 413);
  std::string many = member.head(R"(,"from":)" + std::to_string(member.said() + 1));
  for (int i = 0; i < 257; ++i) many += "\n[11]";
  CHECK(ask(server.port(), "/dialogue/send", many).http.status == 400);
  TestClient chunked(server.port());
  chunked.send("POST /dialogue/send HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  CHECK(chunked.reply().status == 400);
  member.say("[11]");
  // A malformed frame ends the connection as on a WebSocket: BYE, then the code by which it was closed.
  TunnelReply sent =
      ask(server.port(), "/dialogue/send", member.head(R"(,"from":)" + std::to_string(member.said() + 1)) + "\n[bad");
  CHECK(sent.http.status == 200);
  const TunnelReply last = member.poll();
  CHECK(last.member("close") == "4500");
  REQUIRE_FALSE(last.frames.empty());
  CHECK(last.frames.back().starts_with("[45,40,"));
  const TunnelReply acknowledged = member.acknowledge();
  CHECK(acknowledged.http.status == 200);
  CHECK(acknowledged.member("close") == "4500");
  server.await_connections(0);
  CHECK(member.poll().http.status == 410);
}

TEST_CASE("a body that does not come in time is answered 408, and others are served meanwhile", "[timed]") {
  const TestServer server([](ServerConfig& config) { config.http.body_timeout_ms = 2000; });
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<TestClient>(server.port()));
    slow.back()->send("POST /dialogue/poll HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{");
  }
  member.say("[4," + member.room() + ",1,1,0,\"served\"]");
  CHECK(member.await("[36,").find("served") != std::string::npos);
  for (const auto& each : slow) CHECK(each->reply().status == 408);
  CHECK(member.acknowledge(R"(,"close":1000)").http.status == 200);
  slow.clear();
  server.await_connections(0);
}

TEST_CASE("the number of sessions is limited, and so are the connections of an address") {
  SECTION("of the server") {
    const TestServer server([](ServerConfig& config) {
      config.shard_count = 1;
      config.shard.limits.connections_max = 3;
    });
    for (int i = 0; i < 3; ++i) CHECK(ask(server.port(), "/dialogue/poll", opening("bob")).http.status == 200);
    const TunnelReply full = ask(server.port(), "/dialogue/poll", opening("bob"));
    CHECK(full.http.status == 503);
    CHECK(full.http.field("Retry-After") == "10");
    TestClient stream(server.port());
    stream.send(post("/dialogue/stream", opening("bob")));
    CHECK(stream.read_to_end().starts_with("HTTP/1.1 503 "));
  }
  SECTION("of an address") {
    const TestServer server([](ServerConfig& config) {
      config.address_limits.counts_loopback = true;
      config.address_limits.connections_max = 3;
    });
    std::vector<std::string> sessions;
    for (int i = 0; i < 2; ++i) {
      const TunnelReply reply = ask(server.port(), "/dialogue/poll", opening("bob"));
      CHECK(reply.http.status == 200);
      sessions.push_back(reply.member("session"));
      server.await_connections(sessions.size());
    }
    TestClient third(server.port());
    third.send(post("/dialogue/poll", opening("bob")));
    CHECK(third.reply().status == 429);
    third.send(post("/dialogue/send", R"({"session":")" + sessions.front() + "\",\"close\":1000}"));
    CHECK(third.reply().status == 200);
  }
  SECTION("handshakes of an address") {
    const TestServer server([](ServerConfig& config) {
      config.address_limits.counts_loopback = true;
      config.address_limits.handshakes = {2, 600'000};
    });
    for (int i = 0; i < 2; ++i) CHECK(ask(server.port(), "/dialogue/poll", opening("bob")).http.status == 200);
    const TunnelReply refused = ask(server.port(), "/dialogue/poll", opening("bob"));
    CHECK(refused.http.status == 429);
    CHECK_FALSE(refused.http.field("Retry-After").empty());
  }
}

TEST_CASE("a stream stops when its window is full, continues when acknowledged, and ends as slow_consumer otherwise", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    config.tunnel.window_bytes_max = 64 * 1024;
    config.shard.limits.write_stall_timeout_ms = 15'000;
  });
  TunnelMember member(server.port(), TunnelMember::By::stream);
  member.join("bob");
  HonestClient honest(server.port(), "ann");
  const std::string text(16 * 1024, 'x');
  const auto publish = [&](int from, int to) {
    for (int i = from; i <= to; ++i) {
      honest.client().send_text("[4," + honest.room() + ",1," + std::to_string(i) + ",0,\"" + text + "\"]");
      (void)honest.await("[36,");
    }
  };
  publish(1, 12);
  const std::uint64_t before = member.have();
  for (int i = 1; i <= 4; ++i) (void)member.await("[36,");
  CHECK(member.acknowledge().http.status == 200);
  for (int i = 5; i <= 8; ++i) (void)member.await("[36,");
  CHECK(member.have() >= before + 8);
  CHECK(member.acknowledge().http.status == 200);
  for (int i = 9; i <= 12; ++i) (void)member.await("[36,");
  publish(13, 20);
  // The window is full of what came and is not acknowledged; what waits can still be taken after the end.
  while (server.log_count("disconnected") == 0) honest.require_served();
  member.cut();
  std::string last;
  for (last = member.next(); !last.starts_with("[45,"); last = member.next()) (void)member.acknowledge();
  CHECK(last.starts_with("[45,50,"));
}

TEST_CASE("R-67 a stream whose peer takes nothing is closed, and others are served meanwhile", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    config.shard.limits.write_stall_timeout_ms = 2000;
    config.shard_count = 1;
    config.tunnel.window_bytes_max = 64 * 1024 * 1024;
    config.tunnel.closing_timeout_ms = 300;
  });
  HonestClient honest(server.port(), "ann");
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int small = 4096;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  TestClient stuck(server.port(), std::move(socket));
  stuck.send(post("/dialogue/stream", opening("bob") + "\n" + R"([2,1,0,0,0,"chat",{}])"));
  (void)stuck.read_through("data: [34,1,");
  const std::string text = '"' + std::string(32 * 1024, 'x') + '"';
  for (int i = 1; i <= 400; ++i) {  // what the sockets of both ends hold, and more
    honest.client().send_text("[4," + honest.room() + ",1," + std::to_string(1000 + i) + ",0," + text + ']');
    if (i % 10 == 0) honest.require_served();
    honest.others.clear();
  }
  server.await_connections(1);
  CHECK(server.log_count("disconnected") == 1);
  honest.require_served();
}

TEST_CASE("a client that polls and never acknowledges gets the same frames, within the bound of what waits") {
  const TestServer server([](ServerConfig& config) { config.shard.limits.backlog_bytes_max = 300 * 1024; });
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  HonestClient honest(server.port(), "ann");
  const std::string text(16 * 1024, 'x');
  const std::string request = member.head(R"(,"hold":0)");
  for (int i = 1; i <= 40; ++i) {
    honest.client().send_text("[4," + honest.room() + ",1," + std::to_string(i) + ",0,\"" + text + "\"]");
    (void)honest.await("[36,");
    const TunnelReply reply = ask(server.port(), "/dialogue/poll", request);
    REQUIRE(reply.http.status == 200);
    CHECK(reply.http.body.size() < 66 * 1024);
    CHECK(reply.member("first") == std::to_string(member.have() + 1));
  }
  std::size_t events = 0;
  while (events < 40) events += member.next().starts_with("[36,") ? 1 : 0;
}

TEST_CASE("sessions that come and go leave nothing behind, and an idle stream holds little", "[timed]") {
  TestServer server([](ServerConfig& config) {
    config.shard_count = 1;
    config.shard.limits.connections_per_user = 0;
    config.tunnel.idle_timeout_ms = 300;
  });
  const auto wave = [&](std::size_t count) {
    std::vector<std::unique_ptr<TestClient>> streams;
    for (std::size_t i = 0; i < count; ++i) {
      streams.push_back(std::make_unique<TestClient>(server.port()));
      streams.back()->send(post("/dialogue/stream", opening("bob")));
      acknowledge_first(server, *streams.back());
    }
    return streams;
  };
  for (int round = 0; round < 3; ++round) {
    (void)wave(20);
    for (int i = 0; i < 20; ++i) (void)ask(server.port(), "/dialogue/send", opening("abandoned"));
  }
  constexpr std::size_t kStreams = 200, kBytesMax = 3072, kClientBytes = 512;
  check_bytes_each(server, wave, kStreams, kBytesMax + kClientBytes);
}

}  // namespace dialogue::test
