// HELLO and WELCOME: versions, identities, the catalogue, and what is refused.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "server/core/messages/frame_text.hpp"
#include "shared/base/base64.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string hello(std::uint64_t catalogue, std::string_view object) { return frame({FrameType::hello, 1, 0, catalogue}, object); }

/// The part of a WELCOME from `"userId"` on, which does not hang on chance.
std::string from_user(std::string welcome) {
  const std::size_t resume = welcome.find(",\"resume\":\"");
  demand(resume != std::string::npos, "WELCOME lets the session be resumed: " + welcome);
  welcome.erase(resume, welcome.find('"', resume + 12) + 1 - resume);
  return welcome.substr(welcome.find("\"userId\""));
}

constexpr const char* kLimits = R"("limits":{"messageBytes":65536,"rooms":128,"inFlight":64})";

PeerFacts local_peer() {
  PeerFacts peer;
  peer.loopback_peer = peer.loopback_listener = peer.loopback_host = peer.origin_trusted = true;
  return peer;
}

}  // namespace

TEST_CASE("WELCOME has the user, the limits, and the server's time") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const std::uint64_t fingerprint = cluster.config().catalogue.fingerprint();
  Client ann = cluster.connect();
  ann.send(hello(fingerprint, R"({"identity":{"userId":"ann","name":"Ann \"A\""},"client":"test/1","later":[1,{"x":2}]})"));
  const std::string welcome = ann.only();
  CHECK(begins(welcome, {FrameType::welcome, 1, 0, fingerprint, 25'000, kStartUnixMs, 0}));
  CHECK(welcome.find(",0,{\"session\":\"") != std::string::npos);
  CHECK(from_user(welcome) == R"("userId":"ann","name":"Ann \"A\"",)" + std::string(kLimits) + "}]");
}

TEST_CASE("WELCOME carries the catalogue when the client holds another one") {
  Cluster cluster(1);
  Client ann = cluster.connect();
  ann.send(hello(GENERATE(0u, 12345u), R"({"identity":{"userId":"ann"},"producer":{"id":"abc"}})"));
  const std::string welcome = ann.only();
  const std::string catalogue = encode_base64(cluster.config().catalogue_bytes);
  CHECK(from_user(welcome) ==
        R"("userId":"ann","name":"ann",)" + std::string(kLimits) + ",\"catalogue\":\"" + catalogue + "\"}]");
  CHECK(welcome.find(std::to_string(kStartUnixMs) + ",1,{") != std::string::npos);  // a producer was named
}

TEST_CASE("another protocol version is refused with 4505") {
  Cluster cluster(1);
  Client client = cluster.connect();
  client.send("[1,2,0,0,{}]");
  CHECK(client.only() == bye(ErrorCode::version_unsupported, "2"));
  CHECK(client.close_code() == 4505);
}

TEST_CASE("a HELLO whose object has the wrong form is request_invalid and ends the connection") {
  Cluster cluster(1);
  struct Case {
    std::string object, words;
  };
  const std::string long_text(129, 'x');
  const auto test = GENERATE_COPY(
      Case{"[]", "HELLO: an object is due"}, Case{"7", "HELLO: an object is due"},
      Case{R"({"token":7})", "HELLO: token has the wrong form"},
      Case{R"({"token":")" + std::string(8193, 't') + "\"}", "HELLO: token has the wrong form"},
      Case{R"({"identity":"ann"})", "HELLO: identity has the wrong form"},
      Case{R"({"client":")" + long_text + "\"}", "HELLO: client has the wrong form"},
      Case{R"({"producer":"p"})", "HELLO: producer has the wrong form"},
      Case{R"({"producer":{"id":""}})", "HELLO: producer has the wrong form"},
      Case{R"({"producer":{}})", "HELLO: producer has the wrong form"},
      Case{R"({"producer":{"id":"a b"}})", "HELLO: producer has the wrong form"},
      Case{R"({"producer":{"id":")" + std::string(65, 'p') + "\"}}", "HELLO: producer has the wrong form"},
      Case{R"({"client":"a","client":"b"})", "HELLO: client is there twice"}, Case{R"({"x":1,"x":1})", "HELLO: x is there twice"},
      Case{R"({"identity":{"userId":""}})", "identity: userId has the wrong form"},
      Case{R"({"identity":{"userId":7}})", "identity: userId has the wrong form"},
      Case{R"({"identity":{"userId":"system"}})", "identity: userId has the wrong form"},
      Case{R"({"identity":{"userId":"a\u0007"}})", "identity: userId has the wrong form"},
      Case{R"({"identity":{"userId":"a","userId":"b"}})", "identity: userId is there twice"},
      Case{R"({"identity":{"meta":[]}})", "identity: meta has the wrong form"},
      Case{R"({"identity":{"meta":{"a":")" + std::string(1024, 'm') + "\"}}}", "identity: meta has the wrong form"});
  CAPTURE(test.object);
  Client client = cluster.connect();
  client.send(hello(0, test.object));
  CHECK(client.only() == bye(ErrorCode::request_invalid, test.words));
  CHECK(client.close_code() == 1008);
}

TEST_CASE("an identity that was not accepted is unauthorized and 4507") {
  Cluster cluster(1);
  cluster.identify_by([](const Credentials& credentials, const PeerFacts&, std::uint64_t) -> AuthResult {
    if (credentials.token == "good") return Identity{"tina", "", "", ""};
    return Refusal{ErrorCode::unauthorized, "no such token"};
  });
  SECTION("a wrong token") {
    Client client = cluster.connect();
    client.send(hello(0, R"({"token":"bad"})"));
    CHECK(client.only() == bye(ErrorCode::unauthorized, "no such token"));
    CHECK(client.close_code() == 4507);
  }
  SECTION("HELLO's token is used before the query's") {
    PeerFacts peer;
    peer.query_token = "bad";
    Client client = cluster.connect(peer);
    client.send(hello(0, R"({"token":"good"})"));
    CHECK(from_user(client.only()).rfind(R"("userId":"tina")", 0) == 0);
  }
  SECTION("the query's token is used when HELLO has none") {
    PeerFacts peer;
    peer.query_token = "good";
    Client client = cluster.connect(peer);
    client.send(hello(0, "{}"));
    CHECK(from_user(client.only()).rfind(R"("userId":"tina")", 0) == 0);
  }
  for (const std::string& line : cluster.log()) CHECK(line.find("bad") == std::string::npos);
}

TEST_CASE("an authenticator that throws, or returns an invalid identity, admits no client") {
  Cluster cluster(1);
  SECTION("throws") {
    cluster.identify_by(
        [](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult { throw std::runtime_error("database"); });
    Client client = cluster.connect();
    client.send("[1,1,0,0,{}]");
    CHECK(client.only() == bye(ErrorCode::internal));
    CHECK(client.close_code() == 1011);
  }
  SECTION("returns a user id with a line feed") {
    cluster.identify_by([](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult {
      return Identity{"a\nb", "", "", ""};
    });
    Client client = cluster.connect();
    client.send("[1,1,0,0,{}]");
    CHECK(client.only() == bye(ErrorCode::unauthorized, "the identity is not well-formed"));
  }
}

TEST_CASE("JOIN may follow HELLO in the same message") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.connect();
  ann.send(hello(0, R"({"identity":{"userId":"ann"}})") + "\n" + R"([2,5,0,0,0,"chat",{}])");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::welcome}));
  CHECK(begins(frames[1], {FrameType::joined, 5}));
}

TEST_CASE("development identities are believed on the own machine only") {
  Cluster cluster(1);
  cluster.identify_by(development_authenticator(false));
  PeerFacts peer = local_peer();
  SECTION("all local") {
    Client client = cluster.connect(peer);
    client.send("[1,1,0,0,{}]");
    CHECK(from_user(client.only()).rfind(R"("userId":"guest-)", 0) == 0);
    return;
  }
  SECTION("a foreign listener") { peer.loopback_listener = false; }
  SECTION("a foreign peer") { peer.loopback_peer = false; }
  SECTION("a foreign Host") { peer.loopback_host = false; }
  SECTION("a foreign Origin") { peer.origin_trusted = false; }
  SECTION("a forwarded request") { peer.forwarded = true; }
  Client client = cluster.connect(peer);
  client.send(R"([1,1,0,0,{"identity":{"userId":"root"}}])");
  CHECK(begins(client.only(), {FrameType::bye, 60, 0}));
  CHECK(client.close_code() == 4507);
}

}  // namespace dialogue::testing
