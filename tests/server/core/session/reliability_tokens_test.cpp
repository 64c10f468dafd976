// Sessions that run out, are refreshed and revoked, and verdicts that take their time.
#include <catch2/catch.hpp>
#include <deque>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr std::uint64_t kNowS = kStartUnixMs / 1000;

/// A token is "USER EXPIRES_IN_S [ID]"; issued now.
AuthResult identity_in(const std::string& token, std::uint64_t unix_ms) {
  const std::size_t space = token.find(' ');
  if (space == std::string::npos) return Refusal{ErrorCode::token_invalid, "it is none of ours"};
  TokenFacts facts;
  facts.issued_s = unix_ms / 1000;
  facts.expires_s = kNowS + std::stoul(token.substr(space));
  if (const std::size_t id = token.find(' ', space + 1); id != std::string::npos) facts.id = token.substr(id + 1);
  Identity identity;
  identity.user_id = token.substr(0, space);
  identity.token = std::make_shared<const TokenFacts>(std::move(facts));
  return identity;
}

IdentitySource identity_at_once() {
  return [](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    done(identity_in(question.credentials.token, question.unix_ms));
  };
}

/// Questions wait until they are answered by hand.
struct SlowIdentity {
  std::deque<std::pair<IdentityQuestion, std::function<void(AuthResult)>>> questions;

  IdentitySource source() {
    return [this](IdentityQuestion&& question, std::function<void(AuthResult)> done) {
      questions.emplace_back(std::move(question), std::move(done));
    };
  }
  void answer(Cluster& cluster) {
    auto [question, done] = std::move(questions.front());
    questions.pop_front();
    done(identity_in(question.credentials.token, question.unix_ms));
    cluster.settle();
  }
};

std::string hello_with(const std::string& token) { return R"([1,1,0,0,{"token":")" + token + "\"}]"; }
std::string refresh_with(const std::string& token) { return R"([10,5,{"token":")" + token + "\"}]"; }

Client greeted_by(Cluster& cluster, const std::string& token) {
  Client client = cluster.connect();
  client.send(hello_with(token));
  const Frames frames = client.take();
  demand(!frames.empty() && begins(frames[0], {FrameType::welcome}), "WELCOME was due");
  return client;
}

/// Time passes, and the client answers pings.
void live_for(Cluster& cluster, Client& client, std::uint64_t ms) {
  constexpr std::uint64_t kStepMs = 2'000;
  for (std::uint64_t at = 0; at < ms; at += kStepMs) {
    cluster.advance(kStepMs);
    if (client.close_code() == 0) client.pong();
  }
}

void revoke(Cluster& cluster, Revocation what, std::size_t ended) {
  std::size_t count = 77;
  cluster.ask(RevokeTokens{std::move(what)}, [&count](std::size_t found) { count = found; });
  CHECK(count == ended);
}

}  // namespace

TEST_CASE("TOKEN after WELCOME has the lifetime of the token") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(identity_at_once());
  Client ann = cluster.connect();
  ann.send(hello_with("ann 60"));
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::welcome}));
  CHECK(frames[1] == "[47,0,60000]");
}

TEST_CASE("R-40 a connection ends with token_expired 25 s after its token has run out, and not before") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  Client ann = greeted_by(cluster, "ann 60");
  live_for(cluster, ann, 84'000);
  CHECK(ann.close_code() == 0);
  ann.take();
  live_for(cluster, ann, 2'000);
  CHECK(ann.close_code() == 4005);
  CHECK(ann.take().back() == bye(ErrorCode::token_expired));
}

TEST_CASE("a wall clock that jumps does not end a session early or late") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  Client ann = greeted_by(cluster, "ann 20");
  cluster.set_unix(GENERATE(kStartUnixMs - 86'400'000, kStartUnixMs + 86'400'000));
  live_for(cluster, ann, 44'000);
  CHECK(ann.close_code() == 0);
  live_for(cluster, ann, 2'000);
  CHECK(ann.close_code() == 4005);
}

TEST_CASE("REFRESH gives a session more time, in its own connection") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  Client ann = greeted_by(cluster, "ann 20");
  ann.join("chat");
  cluster.advance(10'000);
  ann.take();
  ann.send(refresh_with("ann 3600"));
  CHECK(ann.only() == "[47,5,3590000]");
  live_for(cluster, ann, 200'000);
  CHECK(ann.close_code() == 0);
}

TEST_CASE("R-48 a REFRESH that grants less ends memberships that are not granted any more, and reports them") {
  Cluster cluster(3);
  cluster.identify_by([](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    const std::string& rights = question.credentials.token;
    TokenFacts facts;
    facts.expires_s = kNowS + 3600;
    facts.claims = R"({"rooms":{"chat":)" + rights + R"(,"game-*":"*"}})";
    facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
    Identity ann;
    ann.user_id = "ann";
    ann.token = std::make_shared<const TokenFacts>(std::move(facts));
    done(ann);
  });
  const std::string all = R"([\"join\",\"publish\",\"presence\"])", none = "[]";
  Client ann = greeted_by(cluster, all);
  const Joined chat = ann.join("chat"), game = ann.join("game-1");
  ann.ask_join(7, "lounge");
  CHECK(ann.only() == refused(7, ErrorCode::forbidden, "join is not in what the token grants for this room"));
  ann.send(refresh_with(none));
  CHECK(ann.take() == Frames{"[47,5,3600000]", frame({FrameType::left, 0, chat.room, number(ErrorCode::forbidden)})});
  ann.publish(chat.room, kMessage, 1, R"({"text":"m"})");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::not_joined)}));
  ann.publish(game.room, kMessage, 1, R"({"text":"m"})");
  CHECK(begins(ann.take().front(), {FrameType::nack, game.room}));  // the room does not list it: the membership stands
}

TEST_CASE("a REFRESH that is refused is answered, and the session continues unchanged") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  Client ann = greeted_by(cluster, "ann 20");
  ann.send(refresh_with("rubbish"));
  CHECK(ann.only() == refused(5, ErrorCode::token_invalid, "it is none of ours"));
  ann.send(refresh_with("bob 3600"));
  CHECK(ann.only() == refused(5, ErrorCode::token_invalid, "it is another user's"));
  ann.send("[10,5,{}]");
  CHECK(ann.only() == refused(5, ErrorCode::request_invalid, "REFRESH: token is missing"));
  ann.send(R"([10,5,{"token":7}])");
  CHECK(ann.only() == refused(5, ErrorCode::request_invalid, "REFRESH: token has the wrong form"));
  ann.send(R"([10,5,{"token":"a","token":"b"}])");
  CHECK(ann.only() == refused(5, ErrorCode::request_invalid, "REFRESH: token is there twice"));
  CHECK(ann.close_code() == 0);
  live_for(cluster, ann, 46'000);
  CHECK(ann.close_code() == 4005);
  for (const std::string& line : cluster.log()) CHECK(line.find("rubbish") == std::string::npos);
}

TEST_CASE("one REFRESH at a time, and one that is answered after the end does nothing") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  Client ann = greeted_by(cluster, "ann 20");
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  ann.send(refresh_with("ann 100"));
  ann.send(R"([10,6,{"token":"ann 200"}])");
  CHECK(ann.only() == refused(6, ErrorCode::rate_limited));
  slow.answer(cluster);
  CHECK(ann.only() == "[47,5,100000]");
  ann.send(refresh_with("ann 300"));
  ann.lose();
  slow.answer(cluster);
  CHECK(cluster.connection_count() == 0);
}

TEST_CASE("frames wait for the verdict on HELLO, and keep their order") {
  Cluster cluster(1);
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  Client ann = cluster.connect();
  ann.send(hello_with("ann 60") + "\n" + R"([2,5,0,0,0,"chat",{}])");
  ann.send(R"([2,6,0,0,0,"picky",{}])");
  CHECK(ann.take().empty());
  slow.answer(cluster);
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 4);
  CHECK(begins(frames[0], {FrameType::welcome}));
  CHECK(begins(frames[1], {FrameType::token}));
  CHECK(begins(frames[2], {FrameType::joined, 5}));
  CHECK(begins(frames[3], {FrameType::joined, 6}));
}

TEST_CASE("frames that wait for a verdict are bounded, and are dropped when it is no") {
  Cluster cluster(1);
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  SECTION("too much") {
    Client ann = cluster.connect();
    ann.send(hello_with("ann 60"));
    const std::string frame(1000, ' ');
    for (int i = 0; i < 40 && ann.close_code() == 0; ++i) ann.send(frame);
    CHECK(ann.only() == bye(ErrorCode::rate_limited));
    slow.answer(cluster);
    CHECK(ann.take().empty());
  }
  SECTION("no") {
    Client ann = cluster.connect();
    ann.send(hello_with("rubbish") + "\n[8,1]\nnonsense");
    slow.answer(cluster);
    CHECK(ann.only() == bye(ErrorCode::token_invalid, "it is none of ours"));
    CHECK(ann.close_code() == 4508);
  }
  SECTION("ended before it") {
    Client ann = cluster.connect();
    ann.send(hello_with("ann 60"));
    ann.lose();
    slow.answer(cluster);
    CHECK(cluster.connection_count() == 0);
  }
}

TEST_CASE("a missing verdict ends the connection after HELLO's time limit, with a time to reconnect") {
  Cluster cluster(1);
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  Client ann = cluster.connect();
  cluster.advance(4'000);
  ann.send(hello_with("ann 60"));
  cluster.advance(6'100);
  CHECK(ann.only() == bye(ErrorCode::identity_unavailable));
  CHECK(ann.close_code() == 4004);
  slow.answer(cluster);
  CHECK(ann.take().empty());
}

TEST_CASE("R-41 a revocation ends the live connections that it covers, on all shards, and no others") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(identity_at_once());
  Client first = greeted_by(cluster, "ann 60 t-1"), second = greeted_by(cluster, "ann 60 t-2");
  Client bob = greeted_by(cluster, "bob 60 t-3"), carl = greeted_by(cluster, "carl 60");
  SECTION("one token") {
    revoke(cluster, {"t-2", "", 0}, 1);
    CHECK(second.take().back() == bye(ErrorCode::token_revoked));
    CHECK(second.close_code() == 4509);
    CHECK(first.close_code() + bob.close_code() + carl.close_code() == 0);
  }
  SECTION("a user") {
    revoke(cluster, {"", "ann", kNowS + 1}, 2);
    CHECK(first.close_code() == 4509);
    CHECK(second.close_code() == 4509);
    CHECK(bob.close_code() + carl.close_code() == 0);
  }
  SECTION("a token of another user") { revoke(cluster, {"t-1", "bob", 0}, 0); }
  SECTION("everything that was issued before") { revoke(cluster, {"", "", kNowS + 1}, 4); }
  SECTION("nothing that was issued later") { revoke(cluster, {"", "", kNowS, true}, 0); }
  SECTION("F-S1 what a clock within the leeway may have issued before") {
    revoke(cluster, {"", "", kNowS - kClockLeewayS}, 0);
    revoke(cluster, {"", "", kNowS - kClockLeewayS + 1}, 4);
    CHECK(first.take().back() == bye(ErrorCode::token_expired));
  }
}

TEST_CASE("R-41 a revocation reaches a verdict that is under way") {
  Cluster cluster(1);
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  Client ann = cluster.connect(), bob = cluster.connect();
  ann.send(hello_with("ann 60"));
  bob.send(hello_with("bob 60"));
  revoke(cluster, {"", "ann", kNowS + 1}, 0);
  slow.answer(cluster);
  slow.answer(cluster);
  CHECK(ann.only() == bye(ErrorCode::token_expired));  // in that second another token may be good
  CHECK(begins(bob.take()[0], {FrameType::welcome}));
  bob.send(refresh_with("bob 90"));
  revoke(cluster, {"", "", kNowS + 1}, 1);  // what it came with is revoked at once
  slow.answer(cluster);
  CHECK(bob.close_code() == 4509);
}

TEST_CASE("F-S10 a kick reaches a connection whose user is being asked for, and no other user's") {
  Cluster cluster(1);
  SlowIdentity slow;
  cluster.identify_by(slow.source());
  Client ann = cluster.connect(), bob = cluster.connect();
  ann.send(hello_with("ann 60"));
  bob.send(hello_with("bob 60"));
  const auto kick = [&] {
    std::size_t ended = 77;
    cluster.ask(KickUser{"ann", "enough"}, [&](std::size_t count) { ended = count; });
    return ended;
  };
  CHECK(kick() == 0);  // nobody knows yet that she is one of them
  slow.answer(cluster);
  slow.answer(cluster);
  CHECK(ann.only() == bye(ErrorCode::denied_by_hook, "enough"));
  CHECK(begins(bob.take()[0], {FrameType::welcome}));
  Client again = cluster.connect();
  again.send(hello_with("ann 60"));
  slow.answer(cluster);
  CHECK(begins(again.take()[0], {FrameType::welcome}));
}

TEST_CASE("identities without a token are not touched by revocations") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  revoke(cluster, {"", "ann", kNowS + 1}, 0);
  CHECK(ann.close_code() == 0);
}

TEST_CASE("tokens of all three places are used in their order") {
  Cluster cluster(1);
  cluster.identify_by(identity_at_once());
  PeerFacts peer;
  peer.bearer_token = "header 60";
  peer.query_token = "query 60";
  const auto user_of = [&](const PeerFacts& from, const std::string& hello) {
    Client client = cluster.connect(from);
    client.send(hello);
    const std::string welcome = client.take()[0];
    const std::size_t begin = welcome.find("\"userId\":\"") + 10;
    return welcome.substr(begin, welcome.find('"', begin) - begin);
  };
  CHECK(user_of(peer, hello_with("hello 60")) == "hello");
  CHECK(user_of(peer, "[1,1,0,0,{}]") == "header");
  peer.bearer_token.clear();
  CHECK(user_of(peer, "[1,1,0,0,{}]") == "query");
}

}  // namespace dialogue::testing
