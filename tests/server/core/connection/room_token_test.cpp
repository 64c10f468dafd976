// A JOIN with a token of its own: what it takes away, when it ends, and that nothing makes it give.
#include "server/core/connection/room_token.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

struct Said {
  std::string user = "ann", rooms = R"({"*":"*"})";  ///< rooms empty: the token has no such claim
  std::uint64_t lasts_s = 3600;
  std::string id = {};
};

/// Tokens are names, and this is what they say.
std::map<std::string, Said> tokens() {
  return {{"ann", {.rooms = ""}},
          {"ann-hour", {.rooms = "", .id = "session"}},
          {"ann-but-chat", {.rooms = R"({"game-*":"*"})"}},
          {"ann-may-manage", {.rooms = R"({"*":["*","manage"]})"}},
          {"bob", {.user = "bob", .rooms = ""}},
          {"all", {}},
          {"listen", {.rooms = R"({"chat":["join","history"]})", .id = "listen-1"}},
          {"note", {.rooms = R"({"chat":["join","publish:note"]})"}},
          {"lonely", {.rooms = R"({"chat":["join","publish"]})"}},
          {"minute", {.rooms = R"({"chat":["join","publish"]})", .lasts_s = 60, .id = "minute-1"}},
          {"over", {.lasts_s = 0}},
          {"no-rooms", {.rooms = ""}},
          {"locked", {.rooms = R"({"locked":["join"]})"}},
          {"elsewhere", {.rooms = R"({"small":"*"})"}},
          {"no-join", {.rooms = R"({"chat":["publish"]})"}},
          {"bobs", {.user = "bob"}}};
}

AuthResult read(const std::string& token, std::uint64_t unix_ms) {
  const auto all = tokens();
  const auto found = all.find(token);
  if (found == all.end()) return Refusal{ErrorCode::token_invalid, "it is none of ours"};
  TokenFacts facts;
  facts.id = found->second.id;
  facts.issued_s = unix_ms / 1000;
  facts.expires_s = unix_ms / 1000 + found->second.lasts_s;
  facts.claims = found->second.rooms.empty() ? "{}" : R"({"rooms":)" + found->second.rooms + "}";
  facts.digest = 1 + std::hash<std::string>()(token);
  facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
  Identity identity;
  identity.user_id = found->second.user;
  identity.token = std::make_shared<const TokenFacts>(std::move(facts));
  return identity;
}

IdentitySource at_once() {
  return [](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    done(read(question.credentials.token, question.unix_ms));
  };
}

/// Answers for sessions at once, and for rooms by hand.
struct Slow {
  std::deque<std::pair<std::string, std::function<void(AuthResult)>>> questions;

  IdentitySource source() {
    return [this](IdentityQuestion&& question, std::function<void(AuthResult)> done) {
      if (question.random != 0) return done(read(question.credentials.token, question.unix_ms));
      questions.emplace_back(question.credentials.token, std::move(done));
    };
  }
  void answer(Cluster& cluster) {
    auto [token, done] = std::move(questions.front());
    questions.pop_front();
    done(read(token, cluster.now().unix_ms));
    cluster.settle();
  }
};

Client session(Cluster& cluster, const std::string& token, const std::string& more = {}) {
  Client client = cluster.connect();
  client.send(R"([1,1,0,0,{"token":")" + token + '"' + more + "}]");
  const Frames frames = client.take();
  demand(!frames.empty() && begins(frames[0], {33}), "WELCOME was due");
  return client;
}

std::string with_token(const std::string& token) { return R"({"token":")" + token + "\"}"; }

std::string asked_to_join(Client client, std::uint64_t req, std::string_view room, const std::string& token) {
  client.ask_join(req, room, with_token(token));
  return client.only();
}

/// Another token for a room that it is in.
std::string renewed(Client client, std::uint64_t req, std::string_view room, const std::string& token) {
  client.send(frame({2, req, 3, 0, 0}, '"' + std::string(room) + "\"," + with_token(token)));
  return client.only();
}

std::string can(Client client, const std::string& right, const std::string& more = {}) {
  client.send(R"([12,9,{"right":")" + right + R"(","room":"chat")" + more + "}]");
  return client.only();
}

std::string not_allowed(const std::string& reason) { return R"([42,9,0,{"allowed":false,"reason":")" + reason + R"("}])"; }

const std::string kAllowed = R"([42,9,0,{"allowed":true}])";

void live(Cluster& cluster, Client& client, std::uint64_t ms) {
  constexpr std::uint64_t kStepMs = 1'000;
  for (std::uint64_t at = 0; at < ms; at += kStepMs) {
    cluster.advance(kStepMs);
    client.pong();
  }
}

/// Without the server's own pings.
Frames heard(Client& client) {
  Frames frames = client.take();
  std::erase_if(frames, [](const std::string& text) { return begins(text, {44}); });
  return frames;
}

/// With a room `locked`, which lets in by a token for it only.
std::unique_ptr<ShardConfig> locked_config() {
  auto config = test_config();
  RoomDefinition locked;
  locked.id = locked.name = "locked";
  locked.events = {"message"};
  locked.access.join = locked.access.manage = Grants{"token"};
  config->definitions.rooms.push_back(std::move(locked));
  CatalogueResult made = make_catalogue(config->definitions);
  demand(made.ok(), "the test's definitions are well-formed");
  config->catalogue_bytes = std::move(made.bytes);
  config->catalogue = *CatalogueView::parse(config->catalogue_bytes);
  return config;
}

}  // namespace

TEST_CASE("A room's token takes away what it does not grant, in that room alone") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann"), bob = session(cluster, "bob");
  const Joined other = bob.join("chat");
  bob.publish(other.room, kMessage, 1, R"({"text":"hi"})");
  const Joined chat = ann.join("chat", with_token("listen"));
  bob.take();
  CHECK(chat.object.find("members") == std::string::npos);
  CHECK(chat.object.find(R"("occupancy":2)") != std::string::npos);
  ann.publish(chat.room, kMessage, 1, R"({"text":"me too"})");
  const std::string nack = ann.only();
  CHECK(begins(nack, {39, chat.room, 1, number(ErrorCode::forbidden), 0}));
  CHECK(nack.find("publish of message is not in what the token for this room grants for it") != std::string::npos);
  ann.send(frame({7, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(begins(ann.only(), {42, 5, 0}));
  const Joined game = ann.join("game-1");
  ann.publish(game.room, kMove, 1, "{}");
  CHECK(begins(ann.take().at(0), {38, game.room, 1}));
}

TEST_CASE("The right to one event, and the lack of history, are held by a room's token") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with_token("note"));
  ann.publish(chat.room, kNote, 1, "1");
  CHECK(begins(ann.take().at(0), {38, chat.room, 1}));
  ann.publish(chat.room, kMessage, 2, R"({"text":"hi"})");
  CHECK(begins(ann.only(), {39, chat.room, 2, number(ErrorCode::forbidden)}));
  ann.send(frame({7, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(ann.only() == refused(5, ErrorCode::forbidden, "history is not in what the token for this room grants for it"));
}

TEST_CASE("CAN is answered by the narrowing in force, and by the session where there is none") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(can(ann, "publish", R"(,"event":"message")") == kAllowed);
  const Joined chat = ann.join("chat", with_token("note"));
  CHECK(can(ann, "publish", R"(,"event":"message")") ==
        not_allowed("publish of message is not in what the token for this room grants for it"));
  CHECK(can(ann, "publish", R"(,"event":"note")") == kAllowed);
  CHECK(can(ann, "history") == not_allowed("history is not in what the token for this room grants for it"));
  ann.send(frame({3, 4, chat.room}));
  CHECK(ann.only() == frame({35, 4, chat.room, 0}));
  CHECK(can(ann, "history") == kAllowed);
}

TEST_CASE("A room's token gives nothing: what the session's token or the definition withholds stays withheld") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann-but-chat");
  CHECK(asked_to_join(ann, 5, "chat", "all") ==
        refused(5, ErrorCode::forbidden, "join is not in what the token grants for this room"));
  Client plain = session(cluster, "ann");
  CHECK(asked_to_join(plain, 5, "staff", "all") == refused(5, ErrorCode::forbidden, "join needs role:admin or user:root"));
  plain.join("chat", with_token("ann-may-manage"));
  CHECK(can(plain, "manage") == not_allowed("manage is granted to nobody"));
}

TEST_CASE("A token that is not for this room, this user or this time is refused, and the session goes on") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const std::string other = "join is not in what the token for this room grants for it";
  CHECK(asked_to_join(ann, 1, "chat", "elsewhere") == refused(1, ErrorCode::forbidden, other));
  CHECK(asked_to_join(ann, 2, "chat", "no-join") == refused(2, ErrorCode::forbidden, other));
  CHECK(asked_to_join(ann, 3, "chat", "no-rooms") ==
        refused(3, ErrorCode::forbidden, "join needs a claim rooms in the token for this room"));
  CHECK(asked_to_join(ann, 4, "chat", "bobs") == refused(4, ErrorCode::token_invalid, "it is another user's"));
  CHECK(asked_to_join(ann, 5, "chat", "forged") == refused(5, ErrorCode::token_invalid, "it is none of ours"));
  CHECK(asked_to_join(ann, 6, "chat", "") == refused(6, ErrorCode::identity_unavailable));
  CHECK(begins(asked_to_join(ann, 7, "chat", std::string(kTokenBytesMax + 1, 'a')), {42, 7, number(ErrorCode::request_invalid)}));
  ann.ask_join(8, "chat", R"({"token":7})");
  CHECK(begins(ann.only(), {42, 8, number(ErrorCode::request_invalid)}));
  ann.ask_join(9, "chat", R"({"token":"all","token":"all"})");
  CHECK(begins(ann.only(), {42, 9, number(ErrorCode::request_invalid)}));
  CHECK(ann.join("chat", with_token("all")).room > 0);
}

TEST_CASE("Who has no keys to check a token with refuses it") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  CHECK(asked_to_join(ann, 5, "chat", "all") ==
        refused(5, ErrorCode::unauthorized, "this server has no key to check a token with"));
  CHECK(ann.join("chat").room > 0);
}

TEST_CASE("An identity that an application gives without a token narrows nothing, so it is no token for a room") {
  Cluster cluster(1);
  cluster.identify_by([](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult {
    Identity ann;
    ann.user_id = "ann";
    return ann;
  });
  Client ann = session(cluster, "x");
  CHECK(asked_to_join(ann, 5, "chat", "y") == refused(5, ErrorCode::token_invalid, "it says nothing of rooms"));
}

TEST_CASE("A room with the grant token lets in by a token for it alone") {
  Cluster cluster(GENERATE(1u, 3u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "locked");
  CHECK(ann.only() == refused(5, ErrorCode::forbidden, "join needs token"));
  CHECK(ann.join("locked", with_token("locked")).room > 0);
  ann.send(R"([12,9,{"right":"manage","room":"locked"}])");
  CHECK(ann.only() == not_allowed("manage is not in what the token for this room grants for it"));
}

TEST_CASE("F-N09 the grant token is met by a token that names this very room, not by a pattern or the session's own") {
  Cluster cluster(GENERATE(1u, 3u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(asked_to_join(ann, 5, "locked", "all") == refused(5, ErrorCode::forbidden, "join needs token"));
  CHECK(ann.join("locked", with_token("locked")).room > 0);
  const std::string own = "it is the session's own token, not one for this room";
  for (const std::string token : {"locked", "all"}) {
    Client bearer = session(cluster, token);
    CHECK(asked_to_join(bearer, 6, token == "all" ? "chat" : "locked", token) == refused(6, ErrorCode::token_invalid, own));
  }
}

TEST_CASE("When a room's token has run out RENEW asks for another, and 25 s later the membership ends") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with_token("minute"));
  live(cluster, ann, 59'000);
  CHECK(heard(ann).empty());
  live(cluster, ann, 2'000);
  CHECK(heard(ann) == Frames{frame({40, chat.room})});
  live(cluster, ann, 22'000);
  ann.publish(chat.room, kMessage, 1, R"({"text":"still here"})");
  CHECK(begins(heard(ann).at(0), {38, chat.room, 1}));
  live(cluster, ann, 4'000);
  CHECK(heard(ann) == Frames{frame({35, 0, chat.room, number(ErrorCode::token_expired)})});
  CHECK(ann.close_code() == 0);
  CHECK(ann.join("chat", with_token("minute")).room == chat.room);
}

TEST_CASE("A JOIN by a member brings another token, and the membership goes on") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with_token("minute"));
  live(cluster, ann, 61'000);
  CHECK(heard(ann) == Frames{frame({40, chat.room})});
  CHECK(renewed(ann, 7, "chat", "listen") == frame({42, 7, 0}, "{}"));
  live(cluster, ann, 60'000);
  CHECK(heard(ann).empty());
  ann.publish(chat.room, kMessage, 1, R"({"text":"hi"})");
  CHECK(begins(heard(ann).at(0), {39, chat.room, 1, number(ErrorCode::forbidden)}));
  CHECK(renewed(ann, 8, "chat", "elsewhere") ==
        refused(8, ErrorCode::forbidden, "join is not in what the token for this room grants for it"));
  ann.send(frame({7, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(begins(ann.only(), {42, 5, 0}));
  CHECK(asked_to_join(ann, 9, "chat", "all") == refused(9, ErrorCode::already_joined));
  ann.send(frame({2, 10, 3, 0, 0}, R"("chat",{})"));
  CHECK(ann.only() == refused(10, ErrorCode::request_invalid, "JOIN: token is missing"));
  CHECK(renewed(ann, 11, "game-1", "all") == refused(11, ErrorCode::not_joined));
}

TEST_CASE("A token that has run out within the leeway of clocks is not asked for again and again") {
  Cluster cluster(1);
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with_token("over"));
  live(cluster, ann, 24'000);
  CHECK(heard(ann).empty());
  live(cluster, ann, 2'000);
  CHECK(heard(ann) == Frames{frame({35, 0, chat.room, number(ErrorCode::token_expired)})});
}

TEST_CASE("A revoked token ends the membership that it is for at once, and no other") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann-hour");
  const Joined chat = ann.join("chat", with_token("listen")), game = ann.join("game-1");
  std::size_t ended = 77;
  cluster.post(RevokeTokens{{"listen-1", "", 0}, [&ended](std::size_t count) { ended = count; }});
  CHECK(ended == 0);
  CHECK(ann.only() == frame({35, 0, chat.room, number(ErrorCode::token_revoked)}));
  ann.publish(game.room, kMove, 1, "{}");
  CHECK(begins(ann.take().at(0), {38, game.room, 1}));
}

TEST_CASE("A token for a room that was revoked while it was judged, or on the way to the room, opens nothing") {
  Cluster cluster(3);
  Slow slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann-hour");
  ann.ask_join(5, "chat", with_token("listen"));
  cluster.post(RevokeTokens{{"listen-1", "", 0}, {}});
  slow.answer(cluster);
  CHECK(ann.only() == refused(5, ErrorCode::token_revoked));
  ann.ask_join(6, "chat", with_token("listen"));
  slow.answer(cluster);  // issued anew: what was revoked before is forgotten
  CHECK(begins(ann.only(), {34, 6}));
}

TEST_CASE("While a room's token is judged the session goes on, and the room cannot be joined twice") {
  Cluster cluster(GENERATE(1u, 3u));
  Slow slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "chat", with_token("all"));
  CHECK(ann.take().empty());
  ann.ask_join(6, "chat", with_token("all"));
  CHECK(ann.only() == refused(6, ErrorCode::already_joined));
  CHECK(ann.join("game-1").room > 0);
  slow.answer(cluster);
  CHECK(begins(ann.only(), {34, 5}));
}

TEST_CASE("A membership that ended while its new token was judged is not begun again") {
  Cluster cluster(GENERATE(1u, 3u));
  Slow slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat");
  ann.send(frame({2, 5, 3, 0, 0}, R"("chat",)" + with_token("all")));
  ann.send(frame({3, 6, chat.room}));
  CHECK(ann.only() == frame({35, 6, chat.room, 0}));
  slow.answer(cluster);
  CHECK(ann.only() == refused(5, ErrorCode::not_joined));
}

TEST_CASE("A connection that ends while a room's token is judged is not missed by the answer") {
  Cluster cluster(1);
  Slow slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "chat", with_token("all"));
  ann.lose();
  slow.answer(cluster);
  CHECK(cluster.connection_count() == 0);
}

TEST_CASE("A refresh of the session's token leaves a room's narrowing as it is") {
  Cluster cluster(GENERATE(1u, 3u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with_token("note"));
  ann.send(R"([10,5,{"token":"ann-hour"}])");
  ann.take();
  CHECK(can(ann, "history") == not_allowed("history is not in what the token for this room grants for it"));
  ann.send(R"([10,6,{"token":"ann-but-chat"}])");
  const Frames frames = ann.take();
  CHECK(frames.back() == frame({35, 0, chat.room, number(ErrorCode::forbidden)}));
}

TEST_CASE("A refresh that brings less ends memberships of rooms that are opened by tokens, too") {
  Cluster cluster(GENERATE(1u, 3u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined locked = ann.join("locked", with_token("locked"));
  ann.send(R"([10,6,{"token":"ann-but-chat"}])");
  CHECK(ann.take().back() == frame({35, 0, locked.room, number(ErrorCode::forbidden)}));
}

TEST_CASE("Coming back to a session widens nothing: each JOIN says what it may, and a locked room asks for its token again") {
  Cluster cluster(GENERATE(1u, 3u), locked_config());
  cluster.identify_by(at_once());
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"token":"ann"}])");
  const std::string welcome = ann.take().at(0);
  const std::size_t at = welcome.find(R"("resume":")") + 10;
  const std::string secret = welcome.substr(at, welcome.find('"', at) - at);
  ann.join("locked", with_token("locked"));
  ann.join("chat", with_token("listen"));
  ann.lose();
  Client again = session(cluster, "ann", R"(,"resume":")" + secret + '"');
  again.ask_join(5, "locked");
  CHECK(again.only() == refused(5, ErrorCode::forbidden, "join needs token"));
  const Joined chat = again.join("chat", with_token("listen"));
  again.publish(chat.room, kMessage, 1, R"({"text":"hi"})");
  CHECK(begins(again.only(), {39, chat.room, 1, number(ErrorCode::forbidden)}));
}

TEST_CASE("The application is asked about a join once its token is good, and sees what it leaves") {
  auto config = test_config();
  std::vector<std::string> rooms;
  config->hooks.on_join = [&rooms](HookClient&, std::string_view room) {
    rooms.emplace_back(room);
    return HookDecision::allow();
  };
  Cluster cluster(1, std::move(config));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(begins(asked_to_join(ann, 5, "chat", "bobs"), {42, 5}));
  CHECK(rooms.empty());
  ann.join("chat", with_token("all"));
  CHECK(rooms == std::vector<std::string>{"chat"});
}

}  // namespace dialogue::testing
