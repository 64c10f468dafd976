// F-J1: a JOIN of a client for a room that the application has joined it to continues that membership from its own position.
#include "tests/server/core/session/joining_kit.hpp"

namespace dialogue::testing {

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
  const std::size_t asked = it.cluster.mail_to(home).size();
  it.cluster.hold_mail(home, false);
  it.cluster.settle();
  const Frames frames = ann.take();
  CHECK(asked == (begins(frames.at(0), {FrameType::joined}) ? 1 : 0));
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

TEST_CASE("F-P3 a JOIN that the application denies reads nothing older than its membership, from whatever position") {
  auto config = joining_config();
  std::function<void(HookVerdict)> answer;
  config->hooks.ask_join = [&](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    question.identity->user_id == "bob" ? done(HookVerdict::allow()) : void(answer = std::move(done));
  };
  Chat it(std::move(config));
  Client ann = it.greeted();
  const auto history = [&] {
    ann.send(frame({FrameType::history, 8, it.chat.room, 9, 10, 0}));
    const std::string page = ann.only();
    std::string seqs;
    for (int seq = 1; seq <= 9; ++seq)
      if (page.find("[2," + std::to_string(seq) + ",") != std::string::npos) seqs += " " + std::to_string(seq);
    return seqs;
  };
  const std::uint64_t kind = GENERATE(0u, 1u, 2u);
  ann.send(frame({FrameType::join, 5, kind, it.chat.epoch, kind}, "\"chat\",{}"));
  publish(it.bob, it.chat, 1);
  REQUIRE(answer);
  answer(HookVerdict::deny("not by yourself"));
  it.cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(begins(frames.at(0), {FrameType::joined, 5, it.chat.room}));
  CHECK(told(frames) == " 4");  // it came while the application was asked
  CHECK(begins(frames[0], {FrameType::joined, 5, it.chat.room, it.chat.epoch, 4, kind == 0 ? 3u : 4u, kind == 2 ? 0u : 1u}));
  CHECK((frames[0].find("forbidden") != std::string::npos) == (kind == 2));
  CHECK(history() == " 4");
  publish(it.bob, it.chat, 1);
  CHECK(told(ann.take()) == " 5");
  CHECK(history() == " 4 5");
}

TEST_CASE("F-P11 other members see the meta that the application gives a JOIN which continues its membership") {
  auto config = joining_config();
  config->hooks.ask_join = [](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
    HookVerdict verdict;
    if (question.identity->user_id != "bob") verdict.meta = R"({"seat":4})";
    done(verdict);
  };
  Chat it(std::move(config));
  Client ann = it.greeted();
  it.cluster.advance(2'000);
  it.bob.take();
  ann.ask_join(5, "chat");
  CHECK(ann.only().find(R"("meta":{"seat":4})") != std::string::npos);
  it.cluster.advance(2'000);
  CHECK(it.bob.only().find(R"({"joined":[{"userId":"ann","meta":{"seat":4}}])") != std::string::npos);
}

TEST_CASE("a denial changes nothing of its user") {
  auto config = test_config();
  config->hooks.ask_join = [](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
    HookVerdict verdict = question.room_id == "chat" ? HookVerdict::deny("no") : HookVerdict::allow();
    if (question.room_id == "chat") verdict.meta = R"({"role":"admin"})";
    done(verdict);
  };
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  ann.ask_join(5, "chat");
  CHECK(ann.only() == refused(5, ErrorCode::denied_by_hook, "no"));
  CHECK(ann.join("picky").object.find("role") == std::string::npos);
}

TEST_CASE("a membership that ends settles the JOIN which continues it, before the application has answered") {
  auto config = joining_config();
  std::function<void(HookVerdict)> answer;
  config->hooks.ask_join = [&](HookQuestion&& question, std::function<void(HookVerdict)> done) {
    question.identity->user_id == "bob" ? done(HookVerdict::allow()) : void(answer = std::move(done));
  };
  Chat it(std::move(config));
  Client ann = it.greeted();
  join_since(ann, it.chat, 1);
  ErrorCode code = ErrorCode::not_joined;
  SECTION("its user is removed") {
    it.cluster.post(LeaveRoom{"ann", "chat"});
    CHECK(ann.take() == Frames{refused(5, code), frame({FrameType::left, 0, it.chat.room, number(ErrorCode::forbidden)})});
  }
  SECTION("the room ends") {
    it.cluster.post(DeleteRoom{"chat"});
    code = ErrorCode::room_deleted;
    CHECK(ann.take() == Frames{refused(5, code), frame({FrameType::left, 0, it.chat.room, number(code)})});
  }
  answer(HookVerdict::allow());
  it.cluster.settle();
  CHECK(ann.take().empty());
}

}  // namespace dialogue::testing
