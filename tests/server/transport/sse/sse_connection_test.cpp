// Push streams of a whole server: peers that take nothing, that go, and that do nothing for long.
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "server/transport/sse/sse_connection.hpp"
#include "tests/server/support/bytes_each.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace host;
using namespace net;

namespace {

std::unique_ptr<TestClient> stream_of(const TestServer& server, Descriptor socket) {
  auto client = std::make_unique<TestClient>(server.port(), std::move(socket));
  client->send(get_request("/events?rooms=chat"));
  REQUIRE(client->wait_readable(kPatienceMs));
  return client;
}

Descriptor tcp_socket() { return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

}  // namespace

TEST_CASE("R-67 a stream whose peer takes nothing is closed, and others are served meanwhile", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    config.shard.limits.write_stall_timeout_ms = 2000;
    config.shard_count = 1;
  });
  HonestClient honest(server.port(), "ann");
  Descriptor socket = tcp_socket();
  const int small = 4096;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const auto stuck = stream_of(server, std::move(socket));
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

TEST_CASE("a stream whose peer's system does not acknowledge a heartbeat is dead", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    config.shard.limits.stream_heartbeat_ms = 200;
    config.shard.limits.ping_timeout_ms = 500;
    config.shard.limits.write_stall_timeout_ms = 60'000;
    config.shard_count = 1;
  });
  HonestClient honest(server.port(), "ann");
  const auto alive = stream_of(server, tcp_socket());
  Descriptor socket = tcp_socket();
  const int small = 2048;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const auto dead = stream_of(server, std::move(socket));
  // The window closes: from here on the peer's system acknowledges nothing, as one that is gone.
  const std::string text = '"' + std::string(16 * 1024, 'x') + '"';
  honest.client().send_text("[4," + honest.room() + ",1,1001,0," + text + ']');
  server.await_connections(2);
  CHECK(server.log_count("disconnected") == 1);
}

TEST_CASE("the object of a push stream keeps its size: with its count of owners, six cache lines") {
  constexpr std::size_t kOwnersBytes = 16;
  CHECK(sizeof(transport::SseConnection) + kOwnersBytes <= 384);
}

TEST_CASE("streams that come and go leave nothing behind, and idle ones hold at most 2 KiB each", "[timed]") {
  TestServer server([](ServerConfig& config) {
    config.shard_count = 1;
    config.shard.limits.connections_per_user = 0;
  });
  const auto wave = [&](std::size_t count) {
    std::vector<std::unique_ptr<TestClient>> streams;
    for (std::size_t i = 0; i < count; ++i) streams.push_back(stream_of(server, tcp_socket()));
    return streams;
  };
  for (int round = 0; round < 5; ++round) (void)wave(20);
  constexpr std::size_t kStreams = 300, kBytesMax = 2048, kClientBytes = 512;
  check_bytes_each(server, wave, kStreams, kBytesMax + kClientBytes);
}

}  // namespace dialogue::test
