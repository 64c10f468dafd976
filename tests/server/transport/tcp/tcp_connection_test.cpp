// Connections over TCP to a whole server: what a member does, and how it ends.
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "shared/json/json_member.hpp"
#include "tests/server/support/bytes_each.hpp"
#include "tests/server/transport/tcp/tcp_client.hpp"

namespace dialogue::test {

using namespace host;
using namespace net;

namespace {

/// One room that keeps its log, and members that are lost for as long as they like.
void one_shard(ServerConfig& config) {
  listen_on_tcp(config);
  config.shard_count = 1;
}

std::string resume_secret(const std::string& welcome) { return json_text_member(welcome.substr(welcome.find('{')), "resume"); }

}  // namespace

TEST_CASE("a member over TCP and one over a WebSocket talk in one room") {
  const TestServer server(listen_on_tcp);
  HonestClient ann(server.port(), "ann");
  TcpClient bob(server.tcp_port());
  const std::string room = bob.join("bob", R"(,"producer":{"id":"p"})");
  CHECK(room == ann.room());
  bob.line("[4," + room + R"(,1,1,0,{"text":"ä"}])");
  CHECK(bob.await("[38," + room + ",1,").ends_with(",0]"));
  CHECK(bob.await("[36,").ends_with(R"("bob",0,{"text":"ä"}])"));
  CHECK(ann.await("[36,").ends_with(R"("bob",0,{"text":"ä"}])"));
  ann.round_trip_ms();
  CHECK(bob.await("[36,").find(R"("ann")") != std::string::npos);
  bob.line("[4," + room + R"(,1,1,0,{"text":"ä"}])");
  CHECK(bob.await("[38," + room + ",1,").ends_with(",1]"));  // a duplicate
}

TEST_CASE("lines may end in CR and LF, come byte by byte, and many at once") {
  const TestServer server(listen_on_tcp);
  TcpClient client(server.tcp_port());
  for (const char byte : std::string("[1,1,0,0,{}]\r\n")) client.send({&byte, 1});
  CHECK(client.next().starts_with("[33,1,"));
  std::string many;
  for (int i = 1; i <= 100; ++i) many += "[12," + std::to_string(i) + R"(,{"right":"join","room":"chat"}])" + "\r\n";
  client.send(many);
  for (int i = 1; i <= 100; ++i) CHECK(client.next().starts_with("[42," + std::to_string(i) + ",0,"));
}

TEST_CASE("a connection that does not begin with a frame gets one line with the reason, and ends") {
  const TestServer server(listen_on_tcp);
  const auto answer_to = [&](std::string_view bytes) {
    TcpClient client(server.tcp_port());
    client.send(bytes);
    const std::string line = client.next();
    CHECK(client.next().empty());
    return line;
  };
  CHECK(answer_to("GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("not HTTP") != std::string::npos);
  CHECK(answer_to("POST /dialogue HTTP/1.1\r\n\r\n[1,1,0,0,{}]\n").find("not HTTP") != std::string::npos);
  CHECK(answer_to("\x16\x03\x01\x02").find("does not use TLS") != std::string::npos);
  CHECK(answer_to("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n").find("--proxy-protocol") != std::string::npos);
  CHECK(answer_to("hello\n").find("the first is HELLO") != std::string::npos);
  CHECK(answer_to("\n").starts_with("[45,40,0,"));
  server.await_connections(0);
  CHECK(server.log_count("connection_refused") >= 1);
}

TEST_CASE("R-21 lines that are not frames, too long or not UTF-8 end the connection by BYE") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.shard.limits.message_bytes_max = 4096;
  });
  const auto answer_to = [&](const std::string& line) {
    TcpClient client(server.tcp_port());
    client.join("ann");
    client.line(line);
    const std::string bye = client.await("[45,");
    CHECK(client.next().empty());
    return bye;
  };
  CHECK(answer_to("").starts_with("[45,40,"));
  CHECK(answer_to("[]").starts_with("[45,40,"));
  CHECK(answer_to("[99]").starts_with("[45,41,"));
  CHECK(answer_to("[4,1,1,0,0,\"\xff\"]") == R"([45,40,0,{"message":"The line is not UTF-8."}])");
  CHECK(answer_to("[" + std::string(5000, '1')).starts_with("[45,42,"));
  CHECK(answer_to("[" + std::string(5000, '1')).find("4096 bytes") != std::string::npos);
  TcpClient early(server.tcp_port());
  early.line("[8,1]");
  CHECK(early.next().starts_with("[45,44,"));
}

TEST_CASE("F-X9 a first line is as long as HELLO may be, later ones as any frame") {
  const TestServer server(listen_on_tcp);
  const auto hello_of = [](std::size_t token_bytes) {
    return R"([1,1,0,0,{"token":")" + std::string(token_bytes, 't') + R"(","client":")" + std::string(128, 'c') + "\"}]";
  };
  TcpClient known(server.tcp_port());
  known.join("ann");
  known.line("[12,1,{\"right\":\"join\",\"room\":\"chat\",\"more\":\"" + std::string(60'000, 'x') + "\"}]");
  CHECK(known.await("[42,1,").starts_with("[42,1,0,"));
  TcpClient with_token(server.tcp_port());
  with_token.line(hello_of(kTokenBytesMax));
  CHECK_FALSE(with_token.next().starts_with("[45,42,"));  // whatever it is, it was read
  for (const bool is_whole : {true, false}) {
    TcpClient stranger(server.tcp_port());
    stranger.send(hello_of(13'000) + (is_whole ? "\n" : ""));
    const std::string bye = stranger.next();
    CHECK(bye.starts_with("[45,42,0,"));
    CHECK(bye.find("12288 bytes") != std::string::npos);
    CHECK(stranger.next().empty());
  }
}

TEST_CASE("F-X9 peers that have begun a HELLO hold no more than one may be long", "[timed]") {
  TestServer server([](ServerConfig& config) {
    one_shard(config);
    config.shard.limits.hello_timeout_ms = 600'000;
    config.tcp.line_timeout_ms = 600'000;
  });
  const std::string begun = R"([1,1,0,0,{"token":")" + std::string(12'000, 't');
  const auto wave = [&](std::size_t count) {
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<TcpClient>(server.tcp_port()));
      clients.back()->send(begun);
    }
    server.await_connections(count);
    return clients;
  };
  constexpr std::size_t kClients = 100, kBytesMax = 16 * 1024;
  check_bytes_each(server, wave, kClients, kBytesMax);
}

TEST_CASE("R-08 a peer that is slow with its first byte, its HELLO or a line is notified, and closed", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.shard.limits.hello_timeout_ms = 3000;
    config.tcp.line_timeout_ms = 3000;
  });
  TcpClient silent(server.tcp_port()), slow(server.tcp_port()), lazy(server.tcp_port());
  slow.send("[1,1,0,");
  lazy.join("ann");
  lazy.send("[11");
  CHECK(silent.next().starts_with("[45,46,0,"));
  CHECK(silent.next().empty());
  CHECK(slow.next().starts_with("[45,4"));  // whichever of HELLO and line is noticed first
  CHECK(slow.next().empty());
  CHECK(lazy.await("[45,49,").find("within 3000 ms") != std::string::npos);
  CHECK(lazy.next().empty());
  server.await_connections(0);
}

TEST_CASE("R-09 PING requests a sign of life, and a peer without one is dead", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    one_shard(config);
    config.shard.limits.ping_interval_ms = 200;
    config.shard.limits.ping_timeout_ms = 5000;
  });
  TcpClient dead(server.tcp_port()), alive(server.tcp_port());
  dead.join("dead");
  alive.join("alive");
  for (int i = 0; i < 6; ++i) {
    (void)alive.await("[44,");
    alive.line("[11]");
  }
  CHECK(dead.await("[45,").starts_with("[45,49,"));
  CHECK(dead.next().empty());
  server.await_connections(1);
}

TEST_CASE("the line [45] ends a connection in order; a stream that just ends keeps its places") {
  const TestServer server(one_shard);
  HonestClient witness(server.port(), "witness");
  {
    TcpClient ann(server.tcp_port());
    ann.join("ann");
    CHECK(witness.await("[43,").find(R"("joined":[{"userId":"ann")") != std::string::npos);
    ann.line("[45]");
    CHECK(ann.closed());
  }
  CHECK(witness.await("[43,").find(R"("left":["ann"])") != std::string::npos);
  {
    TcpClient bob(server.tcp_port());
    bob.join("bob");
    CHECK(witness.await("[43,").find(R"("joined":[{"userId":"bob")") != std::string::npos);
  }
  server.await_connections(1);
  witness.round_trip_ms();
  for (const std::string& frame : witness.others) CHECK(frame.find(R"("left":["bob"])") == std::string::npos);
}

TEST_CASE("a lost connection resumes: nothing is missed, and a repeated publication is recognised") {
  const TestServer server(one_shard);
  HonestClient ann(server.port(), "ann");
  std::string secret, room, position;
  {
    TcpClient bob(server.tcp_port());
    room = bob.join("bob", R"(,"producer":{"id":"p"})");
    secret = resume_secret(bob.welcome);
    bob.line("[4," + room + ",1,1,0,1]");
    const std::string ack = bob.await("[38,");
    position = ack.substr(("[38," + room + ",1,").size());
    position.resize(position.find(',', position.find(',') + 1));  // epoch and sequence
    const linger reset{1, 0};
    ::setsockopt(bob.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  server.await_connections(1);
  ann.round_trip_ms();
  TcpClient bob(server.tcp_port());
  bob.line(R"([1,1,0,0,{"identity":{"userId":"bob"},"producer":{"id":"p"},"resume":")" + secret + "\"}]");
  bob.line("[2,1,2," + position + ",\"chat\",{}]");
  bob.line("[4," + room + ",1,1,0,1]");
  const std::string joined = bob.await("[34,1,");
  INFO(joined << " from " << position);
  CHECK(joined.find(",1,{") != std::string::npos);  // recovered
  CHECK(bob.await("[36,").find(R"("ann")") != std::string::npos);
  CHECK(bob.await("[38,").ends_with(",1]"));
  bob.line("[4," + room + ",1,2,0,2]");
  CHECK(bob.await("[36,").find(R"("bob",0,2])") != std::string::npos);
}

TEST_CASE("R-67 a TCP connection whose peer takes nothing is closed, and others are served meanwhile", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    one_shard(config);
    config.shard.limits.write_stall_timeout_ms = 2000;
  });
  HonestClient honest(server.port(), "ann");
  TcpClient stuck(server.tcp_port(), 4096);
  stuck.join("bob");
  const std::string text = '"' + std::string(32 * 1024, 'x') + '"';
  for (int i = 1; i <= 400; ++i) {  // what the sockets of both ends hold, and more
    honest.client().send_text("[4," + honest.room() + ",1," + std::to_string(1000 + i) + ",0," + text + ']');
    if (i % 10 == 0) honest.require_served();
    honest.others.clear();
  }
  server.await_connections(1);
  honest.require_served();
}

TEST_CASE("a server that stops notifies its TCP connections, including silent ones") {
  TestServer server([](ServerConfig& config) {
    one_shard(config);
    config.drain_ms = 100;
  });
  TcpClient member(server.tcp_port()), silent(server.tcp_port());
  member.join("ann");
  server.await_connections(2);
  server.server().stop();
  CHECK(member.await("[45,").starts_with("[45,52,"));
  CHECK(member.next().empty());
  CHECK(silent.next().starts_with("[45,52,"));
  CHECK(silent.next().empty());
}

TEST_CASE("TCP connections that come and go leave nothing behind, and idle ones hold at most 2 KiB each", "[timed]") {
  TestServer server([](ServerConfig& config) {
    one_shard(config);
    config.shard.limits.connections_per_user = 0;
  });
  const auto wave = [&](std::size_t count) {
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<TcpClient>(server.tcp_port()));
      clients.back()->line("[1,1,0,0,{}]");
      REQUIRE(clients.back()->next().starts_with("[33,"));
      clients.back()->welcome.clear();
    }
    return clients;
  };
  for (int round = 0; round < 5; ++round) (void)wave(20);
  constexpr std::size_t kClients = 300, kBytesMax = 2048, kClientBytes = 1024;
  check_bytes_each(server, wave, kClients, kBytesMax + kClientBytes);
}

}  // namespace dialogue::test
