// Connections over HTTP requests to a whole server: what a WebSocket can, what is lost and comes again, and how they end.
#include "server/transport/http_tunnel/http_tunnel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/server/support/test_server.hpp"
#include "tests/server/transport/http_tunnel/tunnel_member.hpp"

namespace dialogue::test {

using namespace host;

namespace {

std::string publication(const std::string& room, int number, const std::string& data) {
  return "[4," + room + ",1," + std::to_string(number) + ",0,\"" + data + "\"]";
}

const TunnelMember::By kBoth[] = {TunnelMember::By::poll, TunnelMember::By::stream};

}  // namespace

TEST_CASE("members by polls, by a stream and by a WebSocket talk in one room") {
  const TestServer server;
  for (int round = 0; round < 4; ++round) {  // sessions land on either shard
    HonestClient honest(server.port(), "ann");
    TunnelMember poller(server.port(), TunnelMember::By::poll), reader(server.port(), TunnelMember::By::stream);
    poller.join("bob");
    reader.join("cid");
    const std::string tag = std::to_string(round);
    poller.say(publication(poller.room(), 1, "by poll " + tag));
    reader.say(publication(reader.room(), 1, "by stream " + tag));
    honest.client().send_text(publication(honest.room(), 1, "by socket " + tag));
    for (TunnelMember* member : {&poller, &reader}) {
      std::vector<std::string> seen;
      while (seen.size() < 3)
        if (const std::string event = member->await("[36,"); event.find(' ' + tag + "\"]") != std::string::npos)
          seen.push_back(event);
      CHECK(member->others.end() == std::find_if(member->others.begin(), member->others.end(),
                                                 [](const std::string& frame) { return frame.starts_with("[39,"); }));
    }
    for (int i = 0; i < 3; ++i) (void)honest.await("[36,");
  }
}

TEST_CASE("F-H4 trailers of a chunked request are not fields of its head") {
  const TestServer server;
  const std::string body = R"({"open":"0123456789abcdef0123456789abcdef"})"
                           "\n[1,1,0,0,{}]";
  const auto begins_session = [&](const std::string& field, const std::string& trailer) {
    TestClient client(server.port());
    client.send("POST /dialogue/poll HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n" + field +
                "Transfer-Encoding: chunked\r\n\r\n38\r\n" + body + "\r\n0\r\n" + trailer + "\r\n");
    return client.reply().body.find("\n[33,") != std::string::npos;  // WELCOME
  };
  REQUIRE(body.size() == 0x38);
  CHECK_FALSE(begins_session("Authorization: Bearer abc\r\n", ""));  // this server has no key
  CHECK(begins_session("", "Authorization: Bearer abc\r\n"));
}

TEST_CASE("P-30 a lost answer comes again, cut after any byte, and more with it") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  HonestClient honest(server.port(), "ann");
  for (int i = 1; i <= 3; ++i) honest.client().send_text(publication(honest.room(), i, "event " + std::to_string(i)));
  for (int i = 1; i <= 3; ++i) (void)honest.await("[36,");
  const std::string request = post("/dialogue/poll", member.head());
  std::size_t size = 0;
  for (std::size_t cut = 1; size == 0 || cut < size; cut += 7) {
    TestClient client(server.port());
    client.send(request);
    REQUIRE(client.wait_readable(kPatienceMs));
    std::string part(cut, '\0');
    std::size_t got = 0;
    while (got < cut && client.wait_readable(kPatienceMs)) {
      const ssize_t count = ::recv(client.descriptor(), part.data() + got, cut - got, 0);
      if (count <= 0) break;
      got += static_cast<std::size_t>(count);
      if (size == 0 && part.find("\r\n\r\n") != std::string::npos)
        size = part.find("\r\n\r\n") + 4 + std::stoul(part.substr(part.find("Content-Length: ") + 16));
    }
    client.reset();
  }
  std::vector<std::string> events;
  while (events.size() < 3)
    if (const std::string frame = member.next(); frame.starts_with("[36,")) events.push_back(frame);
  for (std::size_t i = 0; i < 3; ++i) CHECK(events[i].find("event " + std::to_string(i + 1)) != std::string::npos);
  const TunnelReply empty = member.poll(R"(,"hold":0)");
  CHECK(empty.http.status == 200);
}

TEST_CASE("a stream that is cut continues with the frame after the last one that came") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::stream);
  member.join("bob");
  HonestClient honest(server.port(), "ann");
  std::vector<std::string> events;
  for (int i = 1; i <= 40; ++i) {
    honest.client().send_text(publication(honest.room(), i, "event " + std::to_string(i)));
    (void)honest.await("[36,");
    if (i % 5 == 0) member.cut();
    if (i % 3 == 0) events.push_back(member.await("[36,"));
  }
  while (events.size() < 40) events.push_back(member.await("[36,"));
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].ends_with("\"event " + std::to_string(i + 1) + "\"]"));
}

// The acknowledgement of what the old stream brought meets the request for the new one in one turn of the server's loop.
TEST_CASE("a stream that is opened again beside the old one misses nothing that the old one brought last") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::stream);
  member.join("bob");
  HonestClient honest(server.port(), "ann");
  for (int i = 1; i <= 300; ++i) {
    const std::string before = member.head();
    honest.client().send_text(publication(honest.room(), i, "event " + std::to_string(i)));
    CHECK(member.await("[36,").ends_with("\"event " + std::to_string(i) + "\"]"));
    member.renew(before);
  }
}

TEST_CASE("a stream becomes polls, and polls a stream, within one session") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::stream);
  member.join("bob");
  member.say(publication(member.room(), 1, "one"));
  const TunnelReply reply = member.poll();
  REQUIRE(reply.http.status == 200);
  CHECK(member.await("[36,").find("one") != std::string::npos);
  member.cut();
  member.say(publication(member.room(), 2, "two"));
  CHECK(member.await("[36,").find("two") != std::string::npos);
}

TEST_CASE("a request that is repeated is taken once, and one before which frames are missing is refused") {
  const TestServer server;
  for (const auto by : kBoth) {
    TunnelMember member(server.port(), by);
    member.join(by == TunnelMember::By::poll ? "bob" : "cid");
    const std::string body =
        member.head(R"(,"from":)" + std::to_string(member.said() + 1)) + '\n' + publication(member.room(), 1, "once");
    for (int i = 0; i < 3; ++i) {
      const TunnelReply reply = ask(server.port(), "/dialogue/send", body);
      CHECK(reply.http.status == 200);
      CHECK(reply.member("received") == std::to_string(member.said() + 1));
    }
    const TunnelReply gap =
        ask(server.port(), "/dialogue/send", member.head(R"(,"from":)" + std::to_string(member.said() + 5)) + "\n[11]");
    CHECK(gap.http.status == 409);
    CHECK(gap.member("expected") == std::to_string(member.said() + 2));
    // An event behind it shows that there was no second one.
    CHECK(ask(server.port(), "/dialogue/send",
              member.head(R"(,"from":)" + std::to_string(member.said() + 2)) + '\n' + publication(member.room(), 2, "last"))
              .http.status == 200);
    CHECK(member.await("[36,").find("once") != std::string::npos);
    CHECK(member.await("[36,").find("last") != std::string::npos);
  }
}

TEST_CASE("an answer to the opening that is lost comes again, at another path too, until the id was used") {
  const TestServer server;
  const std::string body = opening_head() + "\n" + hello("bob") + "\n" + R"([2,1,0,0,0,"chat",{}])";
  TestClient first(server.port());
  first.send(post("/dialogue/poll", body));
  REQUIRE(first.wait_readable(kPatienceMs));
  first.reset();
  const TunnelReply again = ask(server.port(), "/dialogue/send", body);
  const TunnelReply once_more = ask(server.port(), "/dialogue/poll", body);
  CHECK(again.member("session") == once_more.member("session"));
  CHECK(again.member("received") == "2");
  CHECK(again.member("idleMs") == "15000");
  CHECK(again.member("ackBytes") == "65536");
  REQUIRE_FALSE(once_more.frames.empty());
  CHECK(once_more.frames.front().starts_with("[33,"));
  const std::string use = R"({"session":")" + again.member("session") + "\"}";
  CHECK(ask(server.port(), "/dialogue/send", use).http.status == 200);
  CHECK(ask(server.port(), "/dialogue/poll", body).http.status == 409);
  server.await_connections(1);
}

TEST_CASE("numbers that cannot be are refused, and change nothing") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  const std::string session = R"({"session":")" + member.session() + "\"";
  CHECK(ask(server.port(), "/dialogue/poll", session + R"(,"have":99999})").http.status == 409);
  CHECK(member.poll(R"(,"hold":0)").http.status == 200);
  const TunnelReply late = ask(server.port(), "/dialogue/poll", session + R"(,"have":0})");
  CHECK(late.http.status == 409);
  CHECK(late.member("acknowledged") == std::to_string(member.have()));
  CHECK(ask(server.port(), "/dialogue/send", session + R"(,"have":0})").http.status == 200);
  member.say(publication(member.room(), 1, "still here"));
  CHECK(member.await("[36,").find("still here") != std::string::npos);
}

TEST_CASE("P-29 a newer poll ends the one that is parked, and a poll without frames ends after its time") {
  const TestServer server;
  TunnelMember member(server.port(), TunnelMember::By::poll);
  member.join("bob");
  while (!member.poll(R"(,"hold":0)").frames.empty()) continue;
  TestClient one(server.port()), other(server.port());
  for (TestClient* client : {&one, &other}) client->send(post("/dialogue/poll", member.head()));
  while (one.silent() && other.silent()) REQUIRE(member.acknowledge().http.status == 200);
  TestClient& parked = one.silent() ? one : other;
  const TunnelReply newer = member.poll(R"(,"hold":100)");
  CHECK(newer.http.status == 200);
  CHECK(newer.frames.empty());
  const TunnelReply ended = taken_apart(parked.reply());
  CHECK(ended.http.status == 200);
  CHECK(ended.frames.empty());
  parked.send(post("/dialogue/poll", member.head(R"(,"hold":50)")));  // on the same socket
  CHECK(parked.reply().status == 200);
}

TEST_CASE("HTTP/1.0 and Connection: close are served alike") {
  const TestServer server;
  const std::string body = opening_head() + "\n" + hello("bob");
  TestClient old(server.port());
  old.send(post("/dialogue/poll", body, "", "1.0"));
  const std::string answer = old.read_to_end();
  CHECK(answer.find("Connection: close") != std::string::npos);
  CHECK(answer.find("Content-Length: ") != std::string::npos);
  CHECK(answer.find("\n[33,") != std::string::npos);
  TestClient closing(server.port());
  closing.send(post("/dialogue/poll", opening_head() + "\n" + hello("cid"), "Connection: close\r\n"));
  CHECK(closing.read_to_end().find("\n[33,") != std::string::npos);
  TestClient stream(server.port());
  stream.send(post("/dialogue/stream", opening_head() + "\n" + hello("dan"), "", "1.0"));
  const std::string opening = stream.read_through("data: [33,");
  CHECK(opening.find("Connection: close") != std::string::npos);
  CHECK(opening.find("Transfer-Encoding") == std::string::npos);
  CHECK(opening.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(opening.find("X-Accel-Buffering: no\r\n") != std::string::npos);
  CHECK(opening.find("Cache-Control: no-cache, no-transform\r\n") != std::string::npos);
}

TEST_CASE("a client that ends in order leaves immediately, and a lost one after the idle time", "[timed]") {
  const TestServer server([](ServerConfig& config) { config.tunnel.idle_timeout_ms = 3000; });
  for (const auto by : kBoth) {
    {
      TunnelMember leaving(server.port(), by);
      leaving.join("bob");
      const TunnelReply bye = leaving.acknowledge(R"(,"close":1000)");
      CHECK(bye.http.status == 200);
      CHECK(bye.member("close") == "1000");
      CHECK(leaving.acknowledge().http.status == 410);
    }
    server.await_connections(0);
    TunnelMember lost(server.port(), by);
    lost.join("cid");
    lost.cut();
    server.await_connections(0);
    CHECK(lost.acknowledge().http.status == 410);
  }
  CHECK(server.log_count("disconnected") == 4);
}

TEST_CASE("a stream that is attended is not idle, and neither is a parked poll", "[timed]") {
  const TestServer server([](ServerConfig& config) { config.tunnel.idle_timeout_ms = 3000; });
  TunnelMember reader(server.port(), TunnelMember::By::stream), poller(server.port(), TunnelMember::By::poll);
  reader.join("bob");
  poller.join("cid");
  while (!poller.poll(R"(,"hold":0)").frames.empty()) continue;
  const TunnelReply empty = poller.poll(R"(,"hold":7000)");
  CHECK(empty.http.status == 200);
  CHECK(reader.acknowledge().http.status == 200);
  CHECK(poller.acknowledge().http.status == 200);
}

TEST_CASE("a parked poll whose peer disconnected leaves no socket behind, and the idle time begins", "[timed]") {
  const TestServer server([](ServerConfig& config) {
    config.tunnel.idle_timeout_ms = 3000;
    config.tunnel.hold_ms_max = 10 * static_cast<std::uint64_t>(kPatienceMs);
  });
  for (const bool resets : {false, true}) {
    TunnelMember poller(server.port(), TunnelMember::By::poll);
    poller.join("cid");
    while (!poller.poll(R"(,"hold":0)").frames.empty()) continue;
    {
      TestClient client(server.port());
      client.send(post("/dialogue/poll", poller.head(R"(,"hold":100000)")));
      if (resets) client.reset();
    }
    server.await_connections(0);
    CHECK(poller.acknowledge().http.status == 410);
  }
}

TEST_CASE("a server that drains says so in the poll and the stream, and begins no session") {
  TestServer server([](ServerConfig& config) {
    config.drain_ms = 0;
    config.drain_timeout_ms = 20'000;
    config.shard_count = 1;  // else presence of the other shard's members may be what the poll gets
  });
  TunnelMember poller(server.port(), TunnelMember::By::poll), reader(server.port(), TunnelMember::By::stream);
  poller.join("bob");
  reader.join("cid");
  (void)poller.await("[43,");  // the last that comes before the end
  while (!poller.poll(R"(,"hold":0)").frames.empty()) continue;
  // When one of two polls is answered, the other one is parked.
  TestClient one(server.port()), other(server.port());
  for (TestClient* client : {&one, &other}) client->send(post("/dialogue/poll", poller.head()));
  while (one.silent() && other.silent()) REQUIRE(poller.acknowledge().http.status == 200);
  TestClient& parked = one.silent() ? one : other;
  server.server().stop();
  const TunnelReply bye = taken_apart(parked.reply());
  CHECK(bye.http.status == 200);
  REQUIRE_FALSE(bye.frames.empty());
  CHECK(bye.frames.back().starts_with("[45,52,"));
  CHECK(bye.member("close") == "1012");
  CHECK(reader.await("[45,").starts_with("[45,52,"));
}

TEST_CASE("a room whose channels leave them out is not joined by them") {
  const TestServer server([](ServerConfig& config) {
    config.shard.definitions.rooms.front().channels = {"websocket", "polling"};
  });
  TunnelMember reader(server.port(), TunnelMember::By::stream), poller(server.port(), TunnelMember::By::poll);
  reader.begin({hello("bob"), R"([2,1,0,0,0,"chat",{}])"});
  CHECK(reader.await("[42,1,").find("streamed HTTP responses") != std::string::npos);
  poller.join("cid");
}

}  // namespace dialogue::test
