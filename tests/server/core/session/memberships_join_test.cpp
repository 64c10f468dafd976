// F-J1: a JOIN of a client for a room that the application has joined it to continues that membership from its own position.
#include "tests/server/core/session/catch_up_kit.hpp"

namespace dialogue::testing {

namespace {

/// Rooms keep 5 events. The application joins everybody but bob to the room chat, which only admins may join by themselves.
std::unique_ptr<ShardConfig> joining_config() {
  auto config = config_keeping(5);
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") room.access.join = {"role:admin", "user:bob"};
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id != "bob") client.join("chat");
    return HookDecision::allow();
  };
  return config;
}

struct Chat {
  explicit Chat(std::unique_ptr<ShardConfig> config = joining_config(), std::uint32_t shards = 3)
      : cluster(shards, std::move(config)) {
    publish(bob, chat, 3);
  }
  Client greeted() {
    Client ann = cluster.connect();
    ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
    demand(begins(ann.take().at(0), {FrameType::welcome}), "WELCOME was due");
    return ann;
  }
  /// Neither the connection nor the user is on the room's shard, whose mail may be held.
  Client greeted_elsewhere() {
    std::string user_id = "ann";
    while (shard_of(user_id, 3) == shard_of("chat", 3)) user_id += 'n';
    Client client = cluster.connect();
    while (client.shard() == shard_of("chat", 3)) client = cluster.connect();
    client.send(R"([1,1,0,0,{"identity":{"userId":")" + user_id + "\"}}]");
    demand(begins(client.take().at(0), {FrameType::welcome}), "WELCOME was due");
    return client;
  }
  Cluster cluster;
  Client bob = cluster.greeted("bob");
  Joined chat = bob.join("chat");
};

}  // namespace

TEST_CASE("F-J1 a JOIN continues the application's membership from its own position, once") {
  Chat it(joining_config(), GENERATE(1u, 3u, 5u));
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  Frames frames = ann.take();
  CHECK(begins(frames.at(0), {FrameType::joined, 5, it.chat.room, it.chat.epoch, 1, 3, 1}));
  CHECK(told(frames) == " 2 3");
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 4");
  SECTION("once") {
    ann.ask_join(6, "chat");
    CHECK(ann.only() == refused(6, ErrorCode::already_joined));
  }
  SECTION("as one member") {
    ann.send(frame({FrameType::leave, 7, it.chat.room}));
    CHECK(ann.only() == frame({FrameType::left, 7, it.chat.room, 0}));
    publish(it.bob, it.chat, 1);
    CHECK(ann.take().empty());
  }
}

TEST_CASE("F-J1 a JOIN that comes while the application's has no answer waits for it, and no event comes before its JOINED") {
  Chat it;
  it.cluster.hold_mail(shard_of("chat", 3), true);
  Client ann = it.greeted_elsewhere();
  join_since(ann, it.chat, 1);
  ann.ask_join(6, "chat");
  CHECK(ann.only() == refused(6, ErrorCode::already_joined));
  it.bob.publish(it.chat.room, kMessage, 4, kHi);
  it.cluster.hold_mail(shard_of("chat", 3), false);
  it.cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() >= 2);
  CHECK(begins(frames[0], {FrameType::joined, 0}));
  CHECK(begins(frames[1], {FrameType::joined, 5}));
  CHECK(told(frames) == " 2 3 4");
}

TEST_CASE("F-J1 while a JOIN is on its way the application's membership is sent no events, and all of them if it is refused") {
  Chat it;
  Client ann = it.greeted_elsewhere();
  const std::uint32_t home = shard_of("chat", 3);
  it.cluster.hold_mail(home, true);
  join_since(ann, it.chat, 1, GENERATE("{}", R"({"events":["game.move"]})"));
  const std::size_t granted = it.cluster.mail_to(home).size();
  it.cluster.hold_mail(home, false);
  it.cluster.settle();
  CHECK(granted == 1);
  const Frames frames = ann.take();
  if (begins(frames.at(0), {FrameType::joined}))
    CHECK(told(frames) == " 2 3");
  else
    CHECK(frames.at(0) == refused(5, ErrorCode::event_not_allowed, "game.move"));
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 4");
}

TEST_CASE("F-J1 a JOIN from the newest event reads from where the application's membership began") {
  Chat it;
  Client ann = it.greeted_elsewhere();
  const std::uint32_t home = shard_of("chat", 3);
  it.cluster.hold_mail(home, true);
  ann.ask_join(6, "chat", R"({"events":["message"]})");
  it.bob.publish(it.chat.room, kMessage, 4, kHi);
  it.bob.publish(it.chat.room, kNote, 5, "1");
  it.bob.publish(it.chat.room, kMessage, 6, kHi);
  it.cluster.hold_mail(home, false);
  it.cluster.settle();
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 4 (5-5) 6 7");
}

TEST_CASE("F-J1 a JOIN that continues needs no right to join, and the right to what is in the log") {
  auto config = joining_config();
  if (GENERATE(false, true)) {
    for (RoomDefinition& room : config->definitions.rooms) room.access.history = {"role:admin"};
  } else {
    config->hooks.on_join = [](HookClient& client, std::string_view) {
      return client.identity().user_id == "bob" ? HookDecision::allow() : HookDecision::deny("not by yourself");
    };
  }
  Chat it(std::move(config));
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  const std::string joined = ann.only();
  CHECK(begins(joined, {FrameType::joined, 5, it.chat.room, it.chat.epoch, 4, 3, 0}));
  CHECK(joined.find("\"reason\":\"forbidden\"") != std::string::npos);
  ann.send(frame({FrameType::history, 8, it.chat.room, 4, 10, 0}));
  const std::string page = ann.only();
  CHECK(page.find("\"seq\":2") == std::string::npos);
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 4");
}

TEST_CASE("F-J1 who loses the right to history while a JOIN is on its way is sent nothing older") {
  auto config = config_keeping(1'000);
  for (RoomDefinition& room : config->definitions.rooms) room.access.history = {"role:reader"};
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id != "bob") client.join("chat", 300);
    return HookDecision::allow();
  };
  Chat it(std::move(config), 1);
  publish(it.bob, it.chat, 297);
  std::function<void()> judge_room_token;
  it.cluster.identify_by([&](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    TokenFacts facts;
    facts.issued_s = kStartUnixMs / 1000;
    facts.expires_s = facts.issued_s + 3600;
    if (question.credentials.token == "room")
      facts.capabilities = std::get<0>(Capabilities::from_claims(R"({"rooms":{"chat":["join","history"]}})"));
    Identity ann{"ann", "", "", question.credentials.token};
    ann.token = std::make_shared<const TokenFacts>(std::move(facts));
    if (question.credentials.token == "room")
      judge_room_token = [ann, done] { done(ann); };
    else
      done(ann);
  });
  it.cluster.hold_drains(true);
  Client ann = it.cluster.connect();
  ann.send(R"([1,1,0,0,{"token":"reader"}])");
  const std::string before = told(ann.take());
  ann.ask_join(6, "chat", R"({"token":"room"})");
  REQUIRE(judge_room_token);
  ann.send(R"([10,7,{"token":"plain"}])");
  CHECK(told(ann.take()).ends_with("-300:" + std::to_string(number(ErrorCode::forbidden)) + ")"));
  judge_room_token();
  it.cluster.hold_drains(false);
  it.cluster.settle();
  const Frames frames = ann.take();
  CHECK(told(frames).empty());
  CHECK(begins(frames.at(0), {FrameType::joined, 6}));
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 301");
}

TEST_CASE("F-J1 the application's bound of history holds for a JOIN that continues") {
  auto config = joining_config();
  config->hooks.on_join = [](HookClient&, std::string_view) { return HookDecision::allow_from({3, 0}); };
  Chat it(std::move(config));
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  CHECK(told(ann.take()) == " 3");
}

TEST_CASE("F-J1 a page that was asked for before another position came moves nothing") {
  auto config = durable_config_keeping(1'000);
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id != "bob") client.join("chat", 100);
    return HookDecision::allow();
  };
  Chat it(std::move(config));
  publish(it.bob, it.chat, 297);
  const std::size_t reads = it.cluster.store().reads;
  it.cluster.store().held = true;
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  CHECK(it.cluster.store().reads > reads);
  it.cluster.store().release();
  it.cluster.settle();
  std::string all;
  for (int seq = 2; seq <= 300; ++seq) all += " " + std::to_string(seq);
  CHECK(told(ann.take()) == all);
}

TEST_CASE("F-P10 LEAVE ends the JOIN that would continue its membership, and the next JOIN is one of its own") {
  auto config = joining_config();
  for (RoomDefinition& room : config->definitions.rooms) room.access = {};
  std::vector<std::function<void(HookVerdict)>> asked;
  config->hooks.ask_join = [&](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    question.identity->user_id == "bob" ? done(HookVerdict::allow()) : asked.push_back(std::move(done));
  };
  Chat it(std::move(config), GENERATE(1u, 3u, 5u));
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  REQUIRE(asked.size() == 1);
  ann.take();
  ann.send(frame({FrameType::leave, 7, it.chat.room}) + "\n" + frame({FrameType::join, 8, 0, 0, 0}, "\"chat\",{}"));
  CHECK(ann.take() == Frames{refused(5, ErrorCode::not_joined), frame({FrameType::left, 7, it.chat.room, 0})});
  REQUIRE(asked.size() == 2);
  asked[0](HookVerdict::allow());
  it.cluster.settle();
  CHECK(ann.take().empty());
  asked[1](HookVerdict::allow());
  it.cluster.settle();
  CHECK(begins(ann.only(), {FrameType::joined, 8, it.chat.room}));
}

TEST_CASE("F-J1 a JOIN whose membership by the application ends before its answer is refused") {
  Chat it;
  Client ann = it.greeted_elsewhere();
  const std::uint32_t home = shard_of("chat", 3);
  it.cluster.hold_mail(home, true);
  join_since(ann, it.chat, 1);
  ann.send(frame({FrameType::leave, 7, it.chat.room}));
  it.cluster.hold_mail(home, false);
  it.cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == refused(5, ErrorCode::not_joined));
  CHECK(frames[1] == frame({FrameType::left, 7, it.chat.room, 0}));
}

}  // namespace dialogue::testing
