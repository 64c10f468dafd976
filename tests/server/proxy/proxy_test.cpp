// A backend behind the server, over real sockets: what passes, what is bounded, and what a faulty backend leads to.
#include <atomic>
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>

#include "tests/server/embed/test_app.hpp"
#include "tests/server/http_client/http_backend.hpp"
#include "tests/server/support/test_client.hpp"

namespace dialogue::test {
namespace {

/// Of a URL without its path.
Config config_for(const std::string& url) {
  Config config = test_config();
  config.proxy = {"/app=" + url.substr(0, url.find('/', std::string_view("http://").size()))};
  return config;
}

HttpReply get(const Instance& server, std::string_view target, std::string_view fields = "") {
  TestClient client(server.port());
  client.send(get_request(target, fields));
  return client.reply();
}

}  // namespace

TEST_CASE("requests below the prefix reach the backend with their path, query and body") {
  HttpBackend backend([](const BackendRequest& request) {
    return json_reply("{\"target\":\"" + request.target + "\",\"method\":\"" + request.method +
                      "\",\"bytes\":" + std::to_string(request.body.size()) + ",\"host\":\"" + request.host + "\"}");
  });
  Instance server = create_dialogue(config_for(backend.url()));
  server.listen();
  CHECK(get(server, "/app/a%20b?x=1").body == R"({"target":"/app/a%20b?x=1","method":"GET","bytes":0,"host":"127.0.0.1"})");
  CHECK(get(server, "/app").status == 200);
  CHECK(get(server, "/apple").status == 404);
  CHECK(get(server, "/health").body == "{\"status\":\"ok\"}\n");
  TestClient client(server.port());
  const std::string body(3 * 1024 * 1024, 'x');
  client.send("POST /app/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  client.send(body);
  CHECK(client.reply().body == R"({"target":"/app/upload","method":"POST","bytes":3145728,"host":"127.0.0.1"})");
  client.send("PUT /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(client.reply().body == R"({"target":"/app","method":"PUT","bytes":5,"host":"a"})");
}

TEST_CASE("responses pass as they are: status, fields, chunks, and none if there is no body") {
  HttpBackend backend([](const BackendRequest& request) -> BackendReply {
    if (request.target == "/app/chunks")
      return {
          "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n"
          "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"};
    if (request.target == "/app/none") return {"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"};
    if (request.target == "/app/early")
      return {
          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
          "Content-Length: 2\r\n\r\nok"};
    return json_reply("{}");
  });
  Instance server = create_dialogue(config_for(backend.url()));
  server.listen();
  TestClient client(server.port());
  client.send(get_request("/app/chunks"));
  const std::string got = client.read_through("0\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 201 "));
  CHECK(got.find("Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n") != std::string::npos);
  client.send(get_request("/app/none"));
  const HttpReply none = client.reply();
  CHECK(none.status == 204);
  CHECK(none.field("X-A") == "1");
  client.send(get_request("/app/early"));
  CHECK(client.reply().body == "ok");
  client.send("HEAD /app/x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.reply(true).field("Content-Length") == "2");
  client.send(get_request("/health"));
  CHECK(client.reply().status == 200);
}

TEST_CASE("a backend that is not there, lies or breaks off is a 502, and one that comes back is used again") {
  Instance server = create_dialogue(config_for(url_of_nobody()));
  server.listen();
  const HttpReply reply = get(server, "/app/x");
  CHECK(reply.status == 502);
  CHECK(reply.field("Content-Type") == "application/problem+json");

  std::atomic<int> count = 0;
  HttpBackend backend([&count](const BackendRequest&) -> BackendReply {
    switch (count++) {
      case 0:
        return {"nonsense\r\n\r\n", true};
      case 1:
        return {"", true};
      default:
        return json_reply("{}");
    }
  });
  Instance other = create_dialogue(config_for(backend.url()));
  other.listen();
  CHECK(get(other, "/app/1").status == 502);
  CHECK(get(other, "/app/2").status == 502);
  CHECK(get(other, "/app/3").status == 200);
}

TEST_CASE("a kept connection that the backend has closed costs a request without a body nothing") {
  std::atomic<int> count = 0;
  HttpBackend backend([&count](const BackendRequest&) -> BackendReply {
    BackendReply reply = json_reply("{}");
    reply.is_cut = ++count == 1;
    return reply;
  });
  Config config = config_for(backend.url());
  config.shards = 1;
  Instance server = create_dialogue(std::move(config));
  server.listen();
  for (int i = 0; i < 3; ++i) CHECK(get(server, "/app").status == 200);
  CHECK(backend.requests().back().connection == 2);
}

TEST_CASE("a response that breaks off is cut, not completed") {
  HttpBackend backend([](const BackendRequest&) -> BackendReply {
    return {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true};
  });
  Instance server = create_dialogue(config_for(backend.url()));
  server.listen();
  TestClient client(server.port());
  client.send(get_request("/app"));
  CHECK(client.read_to_end().ends_with("\r\n\r\nabc"));
}

TEST_CASE("a faulty proxy is refused when the instance is made") {
  Config config = test_config();
  config.proxy = {"/api=http://127.0.0.1:1"};
  CHECK_THROWS_WITH(create_dialogue(std::move(config)), Catch::Matchers::Contains("the server itself serves"));
}

}  // namespace dialogue::test
