// Requests that are answered later, over real sockets: slow bodies, a store that says nothing, a server that ends meanwhile.
#include "server/http/http_session.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "server/api/api_keys.hpp"
#include "tests/server/http/silent_store.hpp"
#include "tests/server/support/test_server.hpp"

namespace dialogue::test {

using namespace api;
using namespace core;
using namespace host;
using namespace loop;
using namespace net;

namespace {

const std::string kKey(kApiKeyBytesMin, 'k');

void set_key(ServerConfig& config) {
  config.api.keys = std::make_shared<ApiKeyRing>(RateLimit{}, std::get<ApiKeySet>(ApiKeySet::of({kKey})));
}

std::string request(std::string_view line, std::string_view fields = {}) {
  return std::string(line) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + kKey +
         "\r\nContent-Type: application/json\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("R-08 a body that does not come in time ends the connection, whatever trickles in") {
  TestServer server([](ServerConfig& config) {
    set_key(config);
    config.http.body_timeout_ms = 300;
  });
  TestClient client(server.port());
  client.send(request("POST /api/v1/rooms/chat/events", "Content-Length: 100\r\n"));
  while (!client.wait_readable(50)) client.send(" ");
  CHECK(client.reply().status == 408);
  CHECK(client.read_to_end().empty());
  server.await_connections(0);
}

TEST_CASE("F-E16 every refusal of HTTP itself has a code, and a body that never ends is answered 408") {
  TestServer server([](ServerConfig& config) {
    set_key(config);
    config.http.body_timeout_ms = 200;
  });
  const auto refused = [&](const std::string& text, unsigned status, const std::string& code) {
    TestClient client(server.port());
    client.send(text);
    const HttpReply reply = client.reply();
    CHECK(reply.status == status);
    CHECK_THAT(reply.body, Catch::Matchers::Contains("\"code\":\"" + code + "\""));
  };
  refused("GET /health HTTP/3.0\r\nHost: a\r\n\r\n", 505, "request_invalid");
  refused("GET /health HTTP/1.1\r\n\r\n", 400, "request_invalid");
  refused("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n", 413, "payload_too_large");
  refused(get_request("/nothing"), 404, "not_supported");
  refused("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12", 408, "request_invalid");
  refused(request("POST /api/v1/rooms/chat/events", "Content-Length: 100\r\n") + "{", 408, "request_invalid");
  refused(request("POST /api/v1/rooms/chat/events", "Content-Length: 2000000\r\n"), 413, "payload_too_large");
}

TEST_CASE("F-H6 no answer to HEAD has a body, whoever gives it") {
  const TestServer server(set_key);
  for (const char* path : {"/health", "/ready", "/nothing", "/metrics", "/dialogue", "/dialogue/poll", "/dialogue/stream",
                           "/events?rooms=r", "/socket.io/?EIO=4&transport=polling", "/api/v1/rooms", "/api/v1/nothing"}) {
    CAPTURE(path);
    TestClient client(server.port());
    client.send(request(std::string("HEAD ") + path, "Connection: close\r\n"));
    const std::string answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 "));
    CHECK(answer.find("\r\n\r\n") + 4 == answer.size());
  }
}

TEST_CASE("F-E07 an Idempotency-Key that is there and empty is refused, and not taken for none") {
  TestServer server(set_key);
  const std::string body = R"({"event":"message","data":1})";
  const auto status = [&](const std::string& field) {
    TestClient client(server.port());
    client.send(request("POST /api/v1/rooms/chat/events", field + "Content-Length: " + std::to_string(body.size()) + "\r\n") +
                body);
    return client.reply().status;
  };
  CHECK(status("") == 200);
  CHECK(status("Idempotency-Key: one\r\n") == 200);
  CHECK(status("Idempotency-Key:\r\n") == 422);
  CHECK(status("Idempotency-Key:   \r\n") == 422);
}

TEST_CASE("F-E17 /ready is 503 while the store keeps nothing, although it opens logs", "[timed]") {
  const auto store = std::make_shared<SilentStore>();
  TestServer server([&](ServerConfig& config) {
    set_key(config);
    config.store = store;
    config.http.ready_timeout_ms = 1500;
    config.http.answer_timeout_ms = 60'000;
  });
  TestClient probe(server.port());
  const auto ready = [&] {
    probe.send(get_request("/ready"));
    return probe.reply().status;
  };
  const std::string body = R"({"event":"message","data":1})";
  const std::string publishing =
      request("POST /api/v1/rooms/chat/events", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
  TestClient client(server.port());
  client.send(publishing);
  REQUIRE(client.reply().status == 200);
  CHECK(ready() == 200);
  store->keeps_appends = true;
  client.send(publishing);
  while (ready() != 503) continue;
  store->answer_appends(StoreStatus::full);
  CHECK(client.reply().status == 503);
  CHECK(ready() == 503);
  client.send(publishing);
  CHECK(client.reply().status == 200);
  CHECK(ready() == 200);
}

TEST_CASE("F-N25 a kept connection may be idle for a time of its own, and its next request has the header's time", "[timed]") {
  TestServer server([](ServerConfig& config) {
    config.http.header_timeout_ms = 1500;
    config.http.keep_alive_timeout_ms = 60'000;
  });
  TestClient client(server.port());
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
  CHECK_FALSE(client.wait_readable(3000));  // far beyond the header's time
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
  client.send("GET /health HT");  // and no more of it
  CHECK(client.read_to_end().empty());
}

TEST_CASE("F-N25 a kept connection on which nothing comes ends", "[timed]") {
  TestServer server([](ServerConfig& config) { config.http.keep_alive_timeout_ms = 200; });
  TestClient client(server.port());
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a caller's body may be larger than what is dropped of a stranger's") {
  TestServer server(set_key);
  const std::string body = R"({"event":"message","data":1})" + std::string(100'000, ' ');
  TestClient client(server.port());
  client.send(request("POST /api/v1/rooms/chat/events", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
  CHECK(client.reply().status == 200);
}

TEST_CASE("P-52 /ready checks the store, and /health does not", "[timed]") {
  const auto store = std::make_shared<SilentStore>();
  TestServer server([&](ServerConfig& config) {
    config.store = store;
    config.http.ready_timeout_ms = 1500;
    config.http.ready_age_ms = 0;  // each probe asks
  });
  TestClient client(server.port());
  client.send(get_request("/ready"));
  CHECK(client.reply().status == 200);
  store->is_silent = true;
  client.send(get_request("/ready"));
  CHECK(client.reply().status == 503);
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
  store->speak();
  client.send(get_request("/ready"));
  CHECK(client.reply().status == 200);
}

TEST_CASE("F-N14 a crowd of probes puts one question to the store, and its answer counts for a while") {
  const auto store = std::make_shared<SilentStore>();
  store->is_silent = true;
  TestServer server([&](ServerConfig& config) {
    config.store = store;
    config.http.ready_timeout_ms = 60'000;
    config.http.ready_age_ms = 3'600'000;
  });
  std::vector<std::unique_ptr<TestClient>> probes;
  for (int i = 0; i < 50; ++i) {
    probes.push_back(std::make_unique<TestClient>(server.port()));
    probes.back()->send(get_request("/ready"));
  }
  server.await_connections(probes.size());
  TestClient last(server.port());
  while (store->kept() == 0) {
    last.send(get_request("/health"));
    CHECK(last.reply().status == 200);
  }
  CHECK(store->kept() == 1);
  store->speak();
  for (const auto& probe : probes) CHECK(probe->reply().status == 200);
  store->is_silent = true;
  last.send(get_request("/ready"));
  CHECK(last.reply().status == 200);
  CHECK(store->kept() == 0);
}

TEST_CASE("a request whose answer does not come is answered with 503") {
  const auto store = std::make_shared<SilentStore>();
  store->is_silent = true;
  TestServer server([&](ServerConfig& config) {
    set_key(config);
    config.store = store;
    config.http.answer_timeout_ms = 100;
  });
  TestClient client(server.port());
  client.send(request("GET /api/v1/rooms/chat/history"));
  const HttpReply reply = client.reply();
  CHECK(reply.status == 503);
  CHECK(reply.field("Retry-After") == "1");
}

TEST_CASE("peers that leave before their answer, and a server that ends before it has one, are harmless") {
  const auto store = std::make_shared<SilentStore>();
  store->is_silent = true;
  TestServer server([&](ServerConfig& config) {
    set_key(config);
    config.store = store;
    config.drain_timeout_ms = 200;
    config.drain_ms = 0;
  });
  for (int i = 0; i < 20; ++i) {
    TestClient client(server.port());
    client.send(request("GET /api/v1/rooms/chat/history"));
    if (i % 2 == 0) client.reset();
  }
  TestClient waiting(server.port());
  waiting.send(request("GET /api/v1/rooms/chat/history"));
  server.server().stop();
  CHECK(waiting.read_to_end().find("200 OK") == std::string::npos);
}

TEST_CASE("F-H7 in a drain, who waits for an answer gets it, and who still sends a request is cut") {
  const auto store = std::make_shared<SilentStore>();
  store->is_silent = true;
  TestServer server([&](ServerConfig& config) {
    set_key(config);
    config.store = store;
    config.http.linger_timeout_ms = 1;
    config.drain_ms = 0;
  });
  TestClient waiting(server.port()), slow(server.port());
  waiting.send(request("GET /api/v1/rooms/chat/history"));
  slow.send(request("POST /api/v1/rooms/chat/events", "Content-Length: 100\r\n"));
  while (store->kept() == 0) std::this_thread::yield();
  auto stopped = std::async(std::launch::async, [&] { server.server().stop(); });
  CHECK(slow.read_to_end().find("200 OK") == std::string::npos);  // both deadlines have passed
  store->speak();
  CHECK(waiting.reply().status == 200);
  stopped.get();
}

TEST_CASE("R-116 F-N12 metrics are for their own listener and for keys, and 404 without a source") {
  const auto with_metrics = [](ServerConfig& config) {
    set_key(config);
    config.metrics_listen.host = "127.0.0.1";
    config.shows_metrics_on_loopback = true;  // but there is a key
    config.trusted_proxies = {*AddressRange::parse("127.0.0.1")};
    config.metrics = [](const metrics::Reading& reading, std::string_view accept) {
      const auto count = [&reading](metrics::ConnectionStage stage) {
        std::uint64_t sum = 0;
        for (const auto& shard : reading.shards)
          sum += shard->values.at(metrics::cell_of(metrics::Metric::connection_states, metrics::place_of(stage)));
        return std::to_string(sum);
      };
      return http::MetricsAnswer{
          accept == "wanted" ? "text/wanted" : "text/plain",
          "ready " + count(metrics::ConnectionStage::ready) + " http " + count(metrics::ConnectionStage::http) + "\n"};
    };
  };
  TestServer server(with_metrics);
  HonestClient ann(server.port(), "ann");
  TestClient own(server.server().metrics_port());
  const auto figures = [](TestClient& client, std::string_view fields) {
    client.send(get_request("/metrics", fields));
    return client.reply();
  };
  const std::string text = figures(own, "").body;
  CHECK(text == "ready 1 http 1\n");
  own.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\nAccept: wanted\r\n\r\n");
  CHECK(own.reply(true).field("Content-Type") == "text/wanted");
  const std::string key = "Authorization: Bearer " + kKey + "\r\n", from_outside = "X-Forwarded-For: 198.51.100.1\r\n";
  TestClient client(server.port());
  CHECK(figures(client, key).status == 200);
  CHECK(figures(client, from_outside + key).status == 200);
  for (const std::string& fields : {std::string(), from_outside, from_outside + "Authorization: Bearer nonsense\r\n"}) {
    TestClient other(server.port());
    CHECK(figures(other, fields).status == 401);
  }
  TestServer plain;
  TestClient none(plain.port());
  none.send(get_request("/metrics"));
  CHECK(none.reply().status == 404);
}

TEST_CASE("F-N06 wrong keys for figures count as failed logins, and the right one shows them all the same", "[timed]") {
  TestServer server([](ServerConfig& config) {
    set_key(config);
    config.metrics = [](const metrics::Reading&, std::string_view) { return http::MetricsAnswer{"text/plain", "figures"}; };
    config.address_limits.counts_loopback = true;
    config.address_limits.requests.max_events = 3;
  });
  const auto status = [&](const std::string& path, const std::string& key) {
    TestClient client(server.port());
    client.send(get_request(path, "X-Forwarded-For: 192.0.2.1\r\nAuthorization: Bearer " + key + "\r\n"));
    return client.reply().status;
  };
  for (int i = 0; i < 10; ++i) CHECK(status("/metrics", "nonsense") == 401);
  CHECK(status("/api/v1/info", "nonsense") == 429);
  CHECK(status("/metrics", kKey) == 200);
}

TEST_CASE("a limit of 0 is unlimited") {
  TestServer server([](ServerConfig& config) {
    config.api.callers = [](const std::string&, const std::function<void(CallerVerdict)>& done) {
      done(Caller{"user:ann", [](Right, std::string_view) { return true; }});
    };
    config.address_limits.counts_loopback = true;
    config.address_limits.messages.max_events = 0;
    config.address_limits.requests.max_events = 3;
  });
  TestClient client(server.port());
  const std::string body = R"({"event":"message","data":1})";
  for (const unsigned status : {200u, 200u, 200u, 429u}) {
    client.send(request("POST /api/v1/rooms/chat/events", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
    CHECK(client.reply().status == status);
  }
}

}  // namespace dialogue::test
