// Hostile HTTP against a whole server: slow, oversized, ambiguous and foreign requests.
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/support/test_server.hpp"

using namespace dialogue;
using namespace dialogue::host;
using namespace dialogue::test;
using namespace std::string_literals;

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

std::size_t answers_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("HTTP/1.1 ", at)) != std::string_view::npos; ++at) ++count;
  return count;
}

/// Sends `begin`, then one byte each time that a tenth of the deadline has passed, until the server closes. Returns how long that
/// took.
double trickle_ms(std::uint16_t port, std::string_view begin, std::uint64_t deadline_ms) {
  const auto started = Clock::now();  // before the server can have seen the socket
  TestClient client(port);
  client.send(begin);
  while (!client.wait_readable(static_cast<int>(deadline_ms / 10)) && ms_since(started) < kPatienceMs) client.send("x");
  (void)client.read_to_end();
  return ms_since(started);
}

}  // namespace

TEST_CASE("R-08 a peer that is slow with headers, a body or a handshake is cut by a deadline that no byte renews", "[timed]") {
  const std::uint64_t header_ms = is_full_run() ? 5000 : 1500, body_ms = is_full_run() ? 15'000 : 400;
  TestServer server([&](ServerConfig& config) {
    config.http.header_timeout_ms = header_ms;
    config.http.body_timeout_ms = body_ms;
  });
  HonestClient honest(server.port(), "ann");
  const auto in_time = [&](double took_ms, std::uint64_t deadline_ms) {
    CHECK(took_ms >= static_cast<double>(deadline_ms) - 1);
    if (is_full_run() && !kSanitized) CHECK(took_ms < static_cast<double>(deadline_ms) + 1000);
    honest.require_served();
  };
  in_time(trickle_ms(server.port(), "GET / HTTP/1.1\r\nHost: a\r\nX: ", header_ms), header_ms);
  in_time(trickle_ms(server.port(), "GET /dialogue HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ", header_ms), header_ms);
  in_time(trickle_ms(server.port(), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", body_ms), body_ms);
  in_time(trickle_ms(server.port(), "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", body_ms), body_ms);

  const auto started = Clock::now();
  TestClient mute(server.port());  // nothing sent at all
  CHECK(mute.read_to_end().empty());
  in_time(ms_since(started), header_ms);
  server.await_connections(1);
}

TEST_CASE("R-08 HELLO that never comes ends the WebSocket", "[timed]") {
  const std::uint64_t hello_ms = is_full_run() ? kHelloTimeoutMs : 300;
  TestServer server([&](ServerConfig& config) { config.shard.limits.hello_timeout_ms = hello_ms; });
  TestClient client(server.port());
  client.upgrade();
  REQUIRE(client.wait_readable(static_cast<int>(hello_ms) + kPatienceMs));
  CHECK(client.next_frame().starts_with("[45,46,"));
  CHECK(client.next_close() == 4000);
}

TEST_CASE("R-10 oversized headers and targets are answered in 5 ms and closed", "[timed]") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 5000; ++i) many += "X" + std::to_string(i) + ": y\r\n";
  const std::vector<std::pair<std::string, unsigned>> attacks = {
      {many + "\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(64 * 1024, 'x') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x'), 431},
      {"GET /" + std::string(100 * 1024, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /" + std::string(9000, 'x'), 414},
      {"nonsense\r\n\r\n", 400}};
  for (const auto& [attack, status] : attacks) {
    double best_ms = 1e9;
    for (int i = 0; i < 10; ++i) {
      TestClient client(server.port());
      client.send(attack);
      const auto sent = Clock::now();
      CHECK(client.reply().status == status);
      best_ms = std::min(best_ms, ms_since(sent));
      CHECK(client.read_to_end().empty());
    }
    if (is_full_run() && !kSanitized) CHECK(best_ms <= 5);
  }
  honest.require_served();
}

TEST_CASE("R-11 foreign origins are refused with 403 before the handshake") {
  TestServer server([](ServerConfig& config) { config.allowed_origins = {"https://app.example.com"}; });
  const auto status_of = [&](std::string_view fields) {
    TestClient client(server.port());
    client.send(upgrade_request(fields, "example.com"));
    return client.reply().status;
  };
  for (const std::string_view origin :
       {"null", "file://", "http://evil.com", "https://example.com", "http://example.com.evil.com", "http://evilexample.com",
        "http://example.com:81", "http://sub.example.com", "https://app.example.com.evil.com", "https://app.example.com:444",
        "http://app.example.com", "https://xapp.example.com", "http://example.com@evil.com"})
    CHECK(status_of("Cookie: session=1\r\nOrigin: " + std::string(origin) + "\r\n") == 403);
  CHECK(status_of("Origin: http://example.com\r\nOrigin: http://evil.com\r\n") == 403);
  CHECK(status_of("Origin: http://example.com\r\n") == 101);
  CHECK(status_of("Origin: https://app.example.com\r\n") == 101);
  CHECK(status_of("") == 101);
  CHECK(server.log_count("request_refused") == 14);
}

TEST_CASE("R-12 an ambiguous request gets one answer, and what follows it is never a request") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::string smuggled = get_request("/health");
  const std::string nul = "X: a\0b\r\n"s;
  for (const std::string& fields :
       {std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), std::string("Transfer-Encoding: xchunked\r\n"),
        std::string("Transfer-Encoding: chunked, identity\r\n"), std::string("Transfer-Encoding: gzip\r\n"),
        std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"),
        std::string("Content-Length: 5\r\nContent-Length: 6\r\n"), std::string("Content-Length: 5\r\n 6\r\n"),
        std::string("X: a\rb\r\n"), nul}) {
    TestClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + "0\r\n\r\n" + smuggled + smuggled);
    const std::string answers = client.read_to_end();
    INFO(fields << answers);
    CHECK(answers_in(answers) == 1);
    CHECK(answers.starts_with("HTTP/1.1 400 "));
  }
  TestClient old(server.port());
  old.send("POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled);
  CHECK(answers_in(old.read_to_end()) == 1);

  for (const std::string_view chunks :
       {"x\r\n", "-1\r\n", "5\nhello", "ffffffffffffffffff\r\n", "5\r\nhelloX", "0x5\r\nhello", "5 \r\nhello\r\n\x00"}) {
    TestClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks) + "\r\n" + smuggled);
    const std::string answers = client.read_to_end();
    INFO(chunks << answers);
    CHECK(answers_in(answers) == 1);
  }
  honest.require_served();
}

TEST_CASE("R-12 chunk extensions and trailers without end stay within one buffer", "[timed]") {
  TestServer server;
  HonestClient honest(server.port(), "ann");
  const std::size_t before = test::resident_bytes(), bytes = figure(64 * 1024 * 1024);
  const std::string block(64 * 1024, 'x');
  std::string fields;
  while (fields.size() < block.size()) fields += "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
  for (const auto& [begin, more] : {std::pair<std::string_view, const std::string&>{"1;", block}, {"0\r\n", fields}}) {
    TestClient client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(begin));
    for (std::size_t sent = 0; sent < bytes && client.send(more); sent += more.size()) continue;
    CHECK(test::resident_bytes() < before + 2'000'000 + (kSanitized ? 1'000'000'000 : 0));
    const std::string answers = client.read_to_end();
    CHECK(answers_in(answers) <= 1);
  }
  honest.require_served();
}

TEST_CASE("R-12 pipelined requests are answered in their order") {
  TestServer server;
  TestClient client(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += i % 2 ? get_request("/nothing") : get_request("/health");
  client.send(requests);
  for (int i = 0; i < 100; ++i) REQUIRE(client.reply().status == (i % 2 ? 404u : 200u));
}

TEST_CASE("R-19 paths that step outside are answered with 404 over the wire") {
  TemporaryDirectory directory;
  directory.write("a.txt", "one");
  TestServer server([&](ServerConfig& config) { config.static_directory = directory.path(); });
  TestClient client(server.port());
  for (const std::string_view target :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/%252e%252e%252fetc/passwd", "/a.txt%00",
        "/a.txt%00.js", "//etc/passwd", "/./a.txt", "/x/../a.txt", "/.%2e/etc/passwd", "/%c0%ae%c0%ae/etc/passwd"}) {
    client.send(get_request(target));
    const HttpReply reply = client.reply();
    CHECK(reply.status == 404);
    CHECK(reply.body.find("root:") == std::string::npos);
  }
  client.send(get_request("/a.txt"));
  CHECK(client.reply().body == "one");
}
