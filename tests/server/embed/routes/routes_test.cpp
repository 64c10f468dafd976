// Routes of the application over real sockets: what handlers see, what clients get, and what a faulty handler cannot do.
#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <catch2/catch.hpp>
#include <dialogue/async.hpp>
#include <dialogue/instance.hpp>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/server/embed/test_app.hpp"
#include "tests/server/support/test_client.hpp"

namespace dialogue::test {
namespace {

using Catch::Matchers::Contains;

HttpReply get(const Instance& server, std::string_view target, std::string_view fields = "") {
  TestClient client(server.port());
  client.send(get_request(target, fields));
  return client.reply();
}

HttpReply post(const Instance& server, std::string_view target, std::string_view body, std::string_view fields = "") {
  TestClient client(server.port());
  client.send("POST " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n" + std::string(fields) + "\r\n" + std::string(body));
  return client.reply();
}

/// Log lines by their event.
struct Lines {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> lines;
  void operator()(const LogLine& line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line.event, line.fields);
  }
  std::string of(std::string_view event) {
    const std::lock_guard lock(mutex);
    for (const auto& [name, fields] : lines)
      if (name == event) return fields;
    return "";
  }
};

}  // namespace

TEST_CASE("a route answers with what its function returns") {
  Instance server = create_dialogue(test_config());
  server.route("GET", "/shop/v1/orders/{id}", [](const RouteRequest& request) {
    const auto id = request.param<std::uint64_t>("id");
    RouteResponse response = RouteResponse::json("{\"id\":" + std::to_string(id.value_or(0)) +
                                                 ",\"page\":" + std::to_string(request.query<int>("page").value_or(1)) + "}");
    response.fields.emplace_back("X-Route", request.route());
    return response;
  });
  server.listen();
  const HttpReply reply = get(server, "/shop/v1/orders/18446744073709551615?page=-3");
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"id":18446744073709551615,"page":-3})");
  CHECK(reply.field("Content-Type") == "application/json");
  CHECK(reply.field("X-Route") == "/shop/v1/orders/{id}");
  CHECK(get(server, "/shop/v1/orders/x").body == R"({"id":0,"page":1})");
  CHECK(get(server, "/shop/v1/orders").status == 404);
  CHECK(get(server, "/health").status == 200);
}

TEST_CASE("HEAD has the length of GET and no body, other methods are refused, and OPTIONS lists what there is") {
  Instance server = create_dialogue(test_config());
  server.route("GET", "/a", [](const RouteRequest&) { return RouteResponse::text("four"); });
  server.route("POST", "/a", [](const RouteRequest&) { return RouteResponse{204}; });
  server.listen();
  TestClient client(server.port());
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const HttpReply head = client.reply(true);
  CHECK(head.field("Content-Length") == "4");
  client.send("DELETE /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const HttpReply refused = client.reply();
  CHECK(refused.status == 405);
  CHECK(refused.field("Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(refused.field("Content-Type") == "application/problem+json");
  client.send("OPTIONS /a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.reply().status == 204);
  CHECK(post(server, "/a", "x").status == 204);
}

TEST_CASE("a handler sees body, fields, cookies and address") {
  Config config = test_config();
  config.trusted_proxy = {"127.0.0.1"};
  Instance server = create_dialogue(std::move(config));
  server.route("POST", "/echo", [](const RouteRequest& request) {
    return RouteResponse::text(request.body() + "|" + std::string(request.field("x-a").value_or("none")) + "|" +
                               std::string(request.cookie("session").value_or("none")) + "|" + request.address() + "|" +
                               (request.is_secure() ? "https" : "http") + "|" + request.query("q").value_or("none"));
  });
  server.listen();
  const HttpReply reply = post(server, "/echo?q=a%20b+c", "body",
                               "X-A: 1\r\nCookie: a=b; session=\"s1\"; bad\r\nX-Forwarded-For: 203.0.113.9\r\n"
                               "X-Forwarded-Proto: https\r\n");
  CHECK(reply.body == "body|1|s1|203.0.113.9|https|a b c");
  CHECK(post(server, "/echo?q=%zz", "").status == 400);
}

TEST_CASE("cookies are written with safe attributes, and what would break the header is a 500") {
  const auto lines = std::make_shared<Lines>();
  Config config = test_config();
  config.logger = [lines](const LogLine& line) { (*lines)(line); };
  Instance server = create_dialogue(std::move(config));
  server.route("GET", "/in", [](const RouteRequest&) {
    RouteResponse response = RouteResponse::text("ok");
    response.cookies.push_back({.name = "session", .value = "abc", .max_age_s = 60});
    return response;
  });
  server.route("GET", "/bad", [](const RouteRequest& request) {
    return RouteResponse{200, {{"X-A", request.query("v").value_or("")}}, "body"};
  });
  server.route("GET", "/length", [](const RouteRequest&) { return RouteResponse{200, {{"Content-Length", "1"}}, "body"}; });
  server.listen();
  CHECK(get(server, "/in").field("Set-Cookie") == "session=abc; Path=/; SameSite=Lax; Max-Age=60; HttpOnly; Secure");
  const HttpReply split = get(server, "/bad?v=1%0d%0aX-B:%202");
  CHECK(split.status == 500);
  CHECK(split.head.find("X-B") == std::string::npos);
  CHECK(get(server, "/length").status == 500);
  CHECK_THAT(lines->of("route_threw"), Contains("X-A"));
}

TEST_CASE("bodies have a bound for each route") {
  Instance server = create_dialogue(test_config());
  const auto size = [](const RouteRequest& request) { return RouteResponse::text(std::to_string(request.body().size())); };
  server.route("POST", "/small", size, {.body_bytes_max = 4});
  server.route("POST", "/large", size, {.body_bytes_max = 4 * 1024 * 1024});
  server.listen();
  CHECK(post(server, "/small", "1234").body == "4");
  CHECK(post(server, "/small", "12345").status == 413);
  CHECK(post(server, "/large", std::string(3 * 1024 * 1024, 'x')).body == "3145728");
  TestClient client(server.port());
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
  CHECK(client.reply().status == 413);
}

TEST_CASE("declared parameters are checked before the handler runs") {
  Instance server = create_dialogue(test_config());
  using Kind = RouteParameter::Kind;
  server.route("GET", "/items/{id}", [](const RouteRequest&) { return RouteResponse::text("ok"); },
               {.parameters = {{.name = "id", .kind = Kind::integer, .max = 100},
                               {.name = "size", .kind = Kind::integer, .min = 1, .max = 10, .is_required = true},
                               {.name = "all", .kind = Kind::flag}}});
  server.listen();
  CHECK(get(server, "/items/7?size=10&all=true").status == 200);
  CHECK(get(server, "/items/x?size=10").status == 404);
  CHECK(get(server, "/items/101?size=10").status == 404);
  CHECK(get(server, "/items/7").status == 422);
  CHECK(get(server, "/items/7?size=11").status == 422);
  CHECK(get(server, "/items/7?size=1&size=2").status == 422);
  const HttpReply refused = get(server, "/items/7?size=1&all=perhaps");
  CHECK(refused.status == 422);
  CHECK_THAT(refused.body, Contains("\\\"all\\\" is invalid"));
}

TEST_CASE("a body is checked by the schema of an event") {
  Instance server = create_dialogue(test_config());
  std::atomic<int> calls = 0;
  server.route("POST", "/say",
               [&calls](const RouteRequest&) { return RouteResponse{static_cast<unsigned>(calls++ == 0 ? 204 : 205)}; },
               {.body_event = "message"});
  server.listen();
  CHECK(post(server, "/say", R"({"text":"Hello"})").status == 204);
  const HttpReply refused = post(server, "/say", R"({"text":""})");
  CHECK(refused.status == 422);
  CHECK_THAT(refused.body, Contains("too_short") && Contains("$.text"));
  CHECK(post(server, "/say", "{").status == 422);
  CHECK(calls == 1);
}

TEST_CASE("what a handler throws is a 500 and a log line, and the server goes on") {
  const auto lines = std::make_shared<Lines>();
  Config config = test_config();
  config.logger = [lines](const LogLine& line) { (*lines)(line); };
  Instance server = create_dialogue(std::move(config));
  server.route("GET", "/throws", [](const RouteRequest&) -> RouteResponse { throw std::runtime_error("the disk is full"); });
  server.route("GET", "/throws/number", [](const RouteRequest&) -> RouteResponse { throw 7; });
  server.route("GET", "/throws/later", async_route([](RouteRequest) -> boost::asio::awaitable<RouteResponse> {
                 co_await boost::asio::post(boost::asio::system_executor(), boost::asio::use_awaitable);
                 throw std::runtime_error("the database is away");
               }));
  server.listen();
  const HttpReply reply = get(server, "/throws");
  CHECK(reply.status == 500);
  CHECK_THAT(reply.body, Contains("\"code\":\"internal\"") && !Contains("disk"));
  CHECK_THAT(lines->of("route_threw"), Contains("the disk is full") && Contains("/throws"));
  CHECK(get(server, "/throws/number").status == 500);
  CHECK(get(server, "/throws/later").status == 500);
  CHECK(get(server, "/health").status == 200);
}

TEST_CASE("a coroutine answers from its own executor") {
  Instance server = create_dialogue(test_config());
  server.route("POST", "/later", async_route([](RouteRequest request) -> boost::asio::awaitable<RouteResponse> {
                 co_await boost::asio::post(boost::asio::system_executor(), boost::asio::use_awaitable);
                 co_return RouteResponse::text("got " + request.body(), 201);
               }));
  server.listen();
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    const HttpReply reply = client.reply();
    CHECK(reply.status == 201);
    CHECK(reply.body == "got " + std::to_string(i));
  }
}

TEST_CASE("a handler that never answers is cancelled at its deadline, and the caller gets 503") {
  const auto lines = std::make_shared<Lines>();
  Config config = test_config();
  config.logger = [lines](const LogLine& line) { (*lines)(line); };
  Instance server = create_dialogue(std::move(config));
  std::promise<void> cancelled;
  server.route("GET", "/never", async_route([&cancelled](RouteRequest) -> boost::asio::awaitable<RouteResponse> {
                 boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
                 boost::system::error_code error;
                 co_await never.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
                 if (error == boost::asio::error::operation_aborted) cancelled.set_value();
                 co_return RouteResponse{};
               }),
               {.timeout = std::chrono::milliseconds(50)});
  server.listen();
  CHECK(get(server, "/never").status == 503);
  CHECK(cancelled.get_future().wait_for(testing::kPatience) == std::future_status::ready);
  CHECK_THAT(lines->of("route_late"), Contains("/never"));
}

TEST_CASE("a coroutine is cancelled when its peer goes") {
  Instance server = create_dialogue(test_config());
  std::promise<void> began, cancelled;
  server.route("GET", "/never", async_route([&](RouteRequest) -> boost::asio::awaitable<RouteResponse> {
                 began.set_value();
                 boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
                 boost::system::error_code error;
                 co_await never.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
                 cancelled.set_value();
                 co_return RouteResponse{};
               }));
  server.listen();
  {
    TestClient client(server.port());
    client.send(get_request("/never"));
    REQUIRE(began.get_future().wait_for(testing::kPatience) == std::future_status::ready);
  }
  CHECK(cancelled.get_future().wait_for(testing::kPatience) == std::future_status::ready);
}

TEST_CASE("pages of foreign origins are refused, and listed ones may read the answer") {
  Config config = test_config();
  config.allow_origin = {"https://shop.example"};
  Instance server = create_dialogue(std::move(config));
  server.route("GET", "/a", [](const RouteRequest&) { return RouteResponse::text("ok"); });
  server.listen();
  CHECK(get(server, "/a", "Origin: https://evil.example\r\n").status == 403);
  const HttpReply reply = get(server, "/a", "Origin: https://shop.example\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.field("Access-Control-Allow-Origin") == "https://shop.example");
  TestClient client(server.port());
  client.send("OPTIONS /a HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: GET\r\n\r\n");
  CHECK(client.reply().field("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
}

TEST_CASE("a route's own limit counts by address") {
  Config config = test_config();
  config.trusted_proxy = {"127.0.0.1"};
  Instance server = create_dialogue(std::move(config));
  server.route("GET", "/a", [](const RouteRequest&) { return RouteResponse::text("ok"); }, {.limit = RateLimit{2, 60'000}});
  server.listen();
  const auto from = [&](const char* address) { return get(server, "/a", "X-Forwarded-For: " + std::string(address) + "\r\n"); };
  CHECK(from("203.0.113.1").status == 200);
  CHECK(from("203.0.113.1").status == 200);
  const HttpReply refused = from("203.0.113.1");
  CHECK(refused.status == 429);
  CHECK_FALSE(refused.field("Retry-After").empty());
  CHECK(from("203.0.113.2").status == 200);
}

TEST_CASE("a response with an ETag is not sent again, and a range of it is a part") {
  Instance server = create_dialogue(test_config());
  server.route("GET", "/file", [](const RouteRequest&) {
    return RouteResponse{200, {{"ETag", "\"v1\""}, {"Content-Type", "text/plain"}}, "0123456789"};
  });
  server.listen();
  const HttpReply unchanged = get(server, "/file", "If-None-Match: \"v0\", W/\"v1\"\r\n");
  CHECK(unchanged.status == 304);
  CHECK(unchanged.field("ETag") == "\"v1\"");
  CHECK(get(server, "/file", "If-None-Match: \"v2\"\r\n").status == 200);
  const auto range = [&](const std::string& text, const std::string& more = "") {
    const HttpReply reply = get(server, "/file", "Range: " + text + "\r\n" + more);
    return std::to_string(reply.status) + ' ' + reply.field("Content-Range") + ' ' + (reply.status < 300 ? reply.body : "");
  };
  CHECK(range("bytes=2-4") == "206 bytes 2-4/10 234");
  CHECK(range("bytes=7-") == "206 bytes 7-9/10 789");
  CHECK(range("bytes=-3") == "206 bytes 7-9/10 789");
  CHECK(range("bytes=8-99") == "206 bytes 8-9/10 89");
  CHECK(range("bytes=10-") == "416 bytes */10 ");
  CHECK(range("bytes=-0") == "416 bytes */10 ");
  CHECK(range("bytes=4-2") == "200  0123456789");
  CHECK(range("bytes=0-1,3-4") == "200  0123456789");
  CHECK(range("bytes=0-1", "If-Range: \"v1\"\r\n") == "206 bytes 0-1/10 01");
  CHECK(range("bytes=0-1", "If-Range: \"v0\"\r\n") == "200  0123456789");
}

TEST_CASE("routes stand in the OpenAPI document, with a server of their own") {
  Instance server = create_dialogue(test_config());
  server.route("POST", "/shop/{id}", [](const RouteRequest&) { return RouteResponse{204}; },
               {.body_event = "message",
                .parameters = {{.name = "size", .kind = RouteParameter::Kind::integer, .min = 1, .max = 10, .is_required = true}},
                .summary = "Orders."});
  server.listen();
  const HttpReply reply = get(server, "/api/v1/openapi.json");
  REQUIRE(reply.status == 200);
  const nlohmann::json document = nlohmann::json::parse(reply.body);
  const nlohmann::json& item = document["paths"]["/shop/{id}"];
  CHECK(item["servers"][0]["url"] == "/");
  CHECK(item["post"]["summary"] == "Orders.");
  CHECK(item["post"]["parameters"][0] ==
        nlohmann::json::parse(R"({"name":"id","in":"path","required":true,"schema":{"type":"string"}})"));
  CHECK(item["post"]["parameters"][1]["schema"] == nlohmann::json::parse(R"({"type":"integer","minimum":1,"maximum":10})"));
}

TEST_CASE("faulty options and late routes are refused") {
  Instance server = create_dialogue(test_config());
  const auto ok = [](const RouteRequest&) { return RouteResponse{}; };
  CHECK_THROWS_WITH(server.route("GET", "/a", ok, {.timeout = std::chrono::milliseconds(1)}), Contains("10 ms to 10 min"));
  CHECK_THROWS_WITH(server.route("GET", "/a", ok, {.body_bytes_max = kRouteBodyBytesMax + 1}), Contains("1 GiB"));
  CHECK_THROWS_WITH(server.route("GET", "/a", ok, {.body_event = "nothing"}), Contains("no event \"nothing\""));
  CHECK_THROWS_WITH(server.route("GET", "/api/v1/rooms", ok), Contains("the server itself serves"));
  server.listen();
  CHECK_THROWS_AS(server.route("GET", "/b", ok), SetupError);
}

}  // namespace dialogue::test
