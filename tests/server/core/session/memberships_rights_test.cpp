// Rights that a session loses while it is in rooms: by another token, or by what the application says of its user.
#include "tests/server/core/session/catch_up_kit.hpp"

namespace dialogue::testing {

namespace {

constexpr std::uint64_t kIssuedS = kStartUnixMs / 1000;

/// Tokens are roles; the user is always ann.
AuthResult with_role(const std::string& role) {
  TokenFacts facts;
  facts.issued_s = kIssuedS;
  facts.expires_s = kIssuedS + 3600;
  Identity ann{"ann", "", "", role};
  ann.token = std::make_shared<const TokenFacts>(std::move(facts));
  return ann;
}

IdentitySource by_role() {
  return [](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    if (question.credentials.token.empty()) return done(identity_in(question.credentials.identity));
    done(with_role(question.credentials.token));
  };
}

Client greeted_as(Cluster& cluster, const std::string& role) {
  cluster.identify_by(by_role());
  Client client = cluster.connect();
  client.send(R"([1,1,0,0,{"token":")" + role + "\"}]");
  demand(begins(client.take().at(0), {FrameType::welcome}), "WELCOME was due");
  return client;
}

/// The frames behind the answer to REFRESH.
Frames refreshed(Client& client, const std::string& role) {
  client.send(R"([10,5,{"token":")" + role + "\"}]");
  Frames frames = client.take();
  demand(!frames.empty() && begins(frames[0], {FrameType::token, 5}), "TOKEN was due");
  frames.erase(frames.begin());
  return frames;
}

bool may_publish(Client& client, const Joined& room, std::uint64_t number) {
  client.publish(room.room, kMessage, number, kHi);
  return begins(client.take().front(), {FrameType::ack, room.room, number});
}

/// The answer to JOIN by an admin whose role is gone before the room's owner shard has the request.
std::string answer_to_late_join(std::string_view room) {
  Cluster cluster(3);
  Client ann = greeted_as(cluster, "admin");
  const std::uint32_t home = shard_of(room, 3);
  if (home == ann.shard()) ann = greeted_as(cluster, "admin");
  REQUIRE(home != ann.shard());
  cluster.hold_mail(home, true);
  ann.ask_join(7, room);
  CHECK(refreshed(ann, "plain").empty());
  cluster.hold_mail(home, false);
  cluster.settle();
  return ann.only();
}

std::string left(const Joined& room) { return frame({FrameType::left, 0, room.room, number(ErrorCode::forbidden)}); }

}  // namespace

TEST_CASE("F-S2 what a hook says of a role outlasts REFRESH, and a meta without a role takes none away") {
  const bool imposes = GENERATE(true, false);
  auto config = test_config();
  config->hooks.on_connect = [imposes](HookClient& client) {
    client.set_meta(imposes ? R"({"role":"listener"})" : R"({"colour":"red"})");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = greeted_as(cluster, "admin");
  const Joined quiet = ann.join("quiet");
  CHECK(may_publish(ann, quiet, 1) != imposes);
  CHECK(refreshed(ann, "admin").empty());
  CHECK(may_publish(ann, quiet, 2) != imposes);
}

TEST_CASE("F-S2 a role that the token takes away is gone, whatever meta the application has set") {
  auto config = test_config();
  config->hooks.on_connect = [](HookClient& client) {
    client.set_meta(R"({"colour":"red"})");
    return HookDecision::allow();
  };
  Cluster cluster(1, std::move(config));
  Client ann = greeted_as(cluster, "admin");
  const Joined staff = ann.join("staff");
  CHECK(staff.object.find(R"("meta":{"colour":"red"})") != std::string::npos);
  CHECK(refreshed(ann, "plain") == Frames{left(staff)});
}

TEST_CASE("F-S3 R-52 who loses the right to see members receives their number") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = greeted_as(cluster, "admin"), bob = cluster.greeted("bob");
  const Joined shy = ann.join("shy");
  CHECK(refreshed(ann, "plain").empty());
  bob.join("shy");
  cluster.advance(1'000);
  CHECK(ann.take() == Frames{frame({FrameType::presence, shy.room, 2}, R"({"occupancy":2})")});
}

TEST_CASE("F-S3 a join under way shows no member to a role that is gone meanwhile") {
  const std::string joined = answer_to_late_join("shy");
  CHECK(begins(joined, {FrameType::joined, 7}));
  CHECK(joined.find("\"occupancy\":1") != std::string::npos);
  CHECK(joined.find("members") == std::string::npos);
}

TEST_CASE("F-S3 R-49 a member that loses the right to read history receives no more of it, but every later event") {
  auto config = durable_config_keeping(1000);
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") room.access.history = {"role:admin"};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = greeted_as(cluster, "admin"), bob = cluster.greeted("bob");
  const Joined chat = bob.join("chat");
  publish(bob, chat, 250);
  cluster.hold_drains(true);
  ann.send(frame({FrameType::join, 5, 1, 0, 250}, "\"chat\",{}"));
  CHECK(told(ann.take()).ends_with(" 99 100"));  // the next page waits
  CHECK(told(refreshed(ann, "plain")) == " gap(101-250:" + std::to_string(number(ErrorCode::forbidden)) + ")");
  cluster.hold_drains(false);
  cluster.settle();
  CHECK(told(ann.take()).empty());
  publish(bob, chat, 1);
  CHECK(told(ann.take()) == " 251");
}

TEST_CASE("F-S3 a hook of one room that takes a role away ends the memberships that needed it") {
  const bool waits = GENERATE(true, false);
  auto config = test_config();
  config->hooks.on_joined = [](HookClient& client, std::string_view room) {
    if (room == "chat") client.set_meta(R"({"role":""})");
  };
  if (waits) {
    config->hooks.on_joined = nullptr;
    config->hooks.ask_join = [](const HookQuestion& question, const std::function<void(HookVerdict)>& done) {
      HookVerdict verdict = HookVerdict::allow();
      if (question.room_id == "chat") verdict.meta = R"({"role":""})";
      done(std::move(verdict));
    };
  }
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = greeted_as(cluster, "admin");
  const Joined staff = ann.join("staff");
  ann.ask_join(7, "chat");
  const Frames frames = ann.take();
  CHECK(std::count(frames.begin(), frames.end(), left(staff)) == 1);
  CHECK(std::any_of(frames.begin(), frames.end(), [](const auto& each) { return begins(each, {FrameType::joined, 7}); }));
}

TEST_CASE("F-S3 a join that is granted to a role that is gone meanwhile is refused") {
  CHECK(answer_to_late_join("staff") == refused(7, ErrorCode::forbidden, "join needs role:admin or user:root"));
}

namespace {

/// A server whose application is asked about every publication, and answers when the test does.
struct Asked {
  explicit Asked(std::uint32_t shards = GENERATE(1u, 3u, 5u)) : cluster(shards, config()) {}
  std::unique_ptr<ShardConfig> config() {
    auto made = test_config();
    made->hooks.middleware = {
        {"", {}, [this](HookQuestion&&, std::function<void(HookVerdict)> done) { waiting.push_back(std::move(done)); }}};
    return made;
  }
  void allow(std::size_t which) {
    waiting.at(which)(HookVerdict::allow());
    cluster.settle();
  }
  std::vector<std::function<void(HookVerdict)>> waiting;
  Cluster cluster;
};

}  // namespace

TEST_CASE("F-P2 a publication that the application was asked about is judged by the rights that its publisher has now") {
  Asked it;
  it.cluster.identify_by(by_role());
  Client ann = it.cluster.connect();
  const bool counts = GENERATE(false, true);
  ann.send(std::string(R"([1,1,0,0,{"token":"admin")") + (counts ? R"(,"producer":{"id":"p"}}])" : "}]"));
  const Joined quiet = ann.join("quiet");
  const auto nth = [counts](std::uint64_t place) { return counts ? place : 0; };
  ann.publish(quiet.room, kMessage, nth(1), kHi);
  ann.publish(quiet.room, kNote, nth(2), "1");
  it.allow(1);
  CHECK(refreshed(ann, "plain").empty());
  it.allow(0);
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 3);
  CHECK(begins(frames[0], {FrameType::nack, quiet.room, nth(1), number(ErrorCode::forbidden)}));
  CHECK(begins(frames[1], {FrameType::ack, quiet.room, nth(2), quiet.epoch, 1}));
  CHECK(begins(frames[2], {FrameType::event, quiet.room, kNote, 1}));
}

TEST_CASE("F-P2 a member who is expelled while the application thinks publishes nothing, also what was allowed and waited") {
  Asked it;
  Client ann = greeted_as(it.cluster, "admin"), root = greeted_as(it.cluster, "admin");
  const Joined staff = ann.join("staff");
  ann.publish(staff.room, kMessage, 0, kHi);
  ann.publish(staff.room, kNote, 0, "1");
  it.allow(1);
  CHECK(refreshed(ann, "plain") == Frames{left(staff)});
  it.allow(0);
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  for (const std::string& each : frames) CHECK(begins(each, {FrameType::nack, staff.room, 0, number(ErrorCode::not_joined)}));
  CHECK(root.join("staff").head == 0);
}

TEST_CASE("F-P2 a page of HISTORY is not sent to a member who has lost the right to it, or the membership") {
  auto config = config_keeping(10);
  const bool stays = GENERATE(true, false);
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") (stays ? room.access.history : room.access.join) = {"role:admin"};
  Cluster cluster(3, std::move(config));
  const std::uint32_t home = shard_of("chat", 3);
  Client ann = greeted_as(cluster, "admin");
  if (home == ann.shard()) ann = greeted_as(cluster, "admin");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  cluster.hold_mail(home, true);
  ann.send(frame({FrameType::history, 8, chat.room, 3, 10, 0}));
  CHECK(refreshed(ann, "plain") == (stays ? Frames{} : Frames{left(chat)}));
  cluster.hold_mail(home, false);
  cluster.settle();
  CHECK(ann.only() == (stays ? refused(8, ErrorCode::forbidden, "history needs role:admin") : refused(8, ErrorCode::not_joined)));
}

TEST_CASE("F-P17 tokens to verify count as read requests: of REFRESH and of JOIN") {
  auto config = test_config();
  config->definitions.client_limits.reads = RateLimit{3, 10'000};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = greeted_as(cluster, "admin");
  for (int i = 0; i < 2; ++i) CHECK(refreshed(ann, "admin").empty());
  ann.ask_join(6, "chat", R"({"token":"admin"})");
  CHECK(begins(ann.take().at(0), {FrameType::reply, 6}));  // judged, and no token for a room
  const auto is_limited = [&](std::string_view message, std::uint64_t req) {
    ann.send(message);
    const std::string answer = ann.only();
    return begins(answer, {FrameType::reply, req, number(ErrorCode::rate_limited)}) &&
           answer.find("\"retryAfterMs\":") != std::string::npos;
  };
  CHECK(is_limited(R"([10,5,{"token":"admin"}])", 5));
  CHECK(is_limited(R"([2,7,0,0,0,"chat",{"token":"admin"}])", 7));
  CHECK(ann.join("chat").room > 0);  // without a token
  cluster.advance(10'000);
  CHECK(refreshed(ann, "plain").empty());
}

}  // namespace dialogue::testing
