// Who may have a TCP connection: bounds of the server and of an address, proxies, and rooms that leave TCP out.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/transport/tcp/tcp_client.hpp"

namespace dialogue::test {

using namespace host;

namespace {

constexpr std::string_view kHello = "[1,1,0,0,{}]";

/// What a new connection hears first: WELCOME, or BYE.
std::string first_line(const TestServer& server, std::string_view before = "") {
  TcpClient client(server.tcp_port());
  client.send(std::string(before) + std::string(kHello) + '\n');
  return client.next();
}

}  // namespace

TEST_CASE("connections up to the bound are taken, one more is server_full, and a place that is given back is taken") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.tcp.connections_max = 5;
  });
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<TcpClient>(server.tcp_port()));
    clients.back()->line(kHello);
    REQUIRE(clients.back()->next().starts_with("[33,"));
  }
  for (int i = 0; i < 3; ++i) {
    const std::string bye = first_line(server);
    CHECK(bye.starts_with("[45,54,10000,"));
    CHECK(bye.find("--tcp-connections-max") != std::string::npos);
  }
  HonestClient(server.port(), "ann").require_served();  // the bound is TCP's own
  clients.pop_back();
  server.await_connections(4);
  CHECK(first_line(server).starts_with("[33,"));
}

TEST_CASE("silent sockets count as well, and refused ones do not") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.shard_count = 1;  // one loop takes connections in the order of their arrival
    config.tcp.connections_max = 2;
  });
  std::vector<std::unique_ptr<TcpClient>> silent;
  for (int i = 0; i < 2; ++i) silent.push_back(std::make_unique<TcpClient>(server.tcp_port()));
  server.await_connections(2);
  std::vector<std::unique_ptr<TcpClient>> refused;  // they stay, and keep nobody out
  for (int i = 0; i < 4; ++i) {
    refused.push_back(std::make_unique<TcpClient>(server.tcp_port()));
    CHECK(refused.back()->next().starts_with("[45,54,"));
  }
  silent.front()->line(kHello);
  CHECK(silent.front()->next().starts_with("[33,"));
  silent.pop_back();
  refused.clear();
  server.await_connections(1);
  CHECK(first_line(server).starts_with("[33,"));
}

TEST_CASE("an address has its bounds over TCP as well") {
  const TestServer crowded([](ServerConfig& config) {
    listen_on_tcp(config);
    config.address_limits.counts_loopback = true;
    config.address_limits.connections_max = 1;
  });
  TcpClient first(crowded.tcp_port());
  first.line(kHello);
  CHECK(first.next().starts_with("[33,"));
  CHECK(first_line(crowded).starts_with("[45,83,"));

  const TestServer hasty([](ServerConfig& config) {
    listen_on_tcp(config);
    config.address_limits.counts_loopback = true;
    config.address_limits.handshakes = {2, 60'000};
  });
  CHECK(first_line(hasty).starts_with("[33,"));
  CHECK(first_line(hasty).starts_with("[33,"));
  CHECK(first_line(hasty).starts_with("[45,75,"));
}

TEST_CASE("a server that is full refuses TCP as it refuses WebSockets") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.shard_count = 1;
    config.shard.limits.connections_max = 1;
  });
  HonestClient ann(server.port(), "ann");
  CHECK(first_line(server).starts_with("[45,54,"));
}

TEST_CASE("behind a proxy a connection begins with its header, and is its client's") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.expects_proxy_header = true;
    config.trusted_proxies = {*net::AddressRange::parse("127.0.0.1")};
    config.address_limits.connections_max = 1;
    config.identify = core::source_of(core::development_authenticator(false));
  });
  // A development identity is for this machine alone, and a header says that somebody else may be there.
  const std::string refused = first_line(server, "PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n");
  CHECK(refused.starts_with("[45,60,"));
  CHECK(first_line(server).empty());  // no header: dropped
  server.await_connections(0);        // the address is free again
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (const char* const address : {"192.0.2.1", "192.0.2.2"}) {
    clients.push_back(std::make_unique<TcpClient>(server.tcp_port()));
    const std::string header = std::string("PROXY TCP4 ") + address + " 192.0.2.9 1 2\r\n";
    clients.back()->send(header.substr(0, 9));
    clients.back()->send(header.substr(9));
  }
  server.await_connections(2);
  CHECK(first_line(server, "PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n").starts_with("[45,83,"));
}

TEST_CASE("a room whose channels leave out TCP refuses members over it") {
  const TestServer server([](ServerConfig& config) {
    listen_on_tcp(config);
    config.shard.definitions.rooms.front().channels = {"websocket"};
  });
  TcpClient client(server.tcp_port());
  client.line(kHello);
  client.line(R"([2,1,0,0,0,"chat",{}])");
  const std::string reply = client.await("[42,1,");
  CHECK(reply.starts_with("[42,1,61,"));
  CHECK(reply.find("TCP") != std::string::npos);
  HonestClient(server.port(), "ann").require_served();
}

TEST_CASE("a server without a TCP listener has none") {
  const TestServer server;
  CHECK(server.tcp_port() == 0);
}

}  // namespace dialogue::test
