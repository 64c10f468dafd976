// Middleware: what it may do with a publication, in which order, and that its time costs nobody a number or a place.
#include "server/core/session/middleware_chain.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// Questions that wait until the test answers.
struct Application {
  struct PendingHooks {
    HookQuestion question;
    std::function<void(HookVerdict)> done;
  };
  std::vector<PendingHooks> asked;

  [[nodiscard]] HookSource source() {
    return [this](HookQuestion&& question, std::function<void(HookVerdict)> done) {
      asked.push_back({std::move(question), std::move(done)});
    };
  }
  void answer(Cluster& cluster, std::size_t which, const HookVerdict& verdict) const {
    asked.at(which).done(verdict);
    cluster.settle();
  }
};

std::unique_ptr<ShardConfig> with(std::vector<Middleware> steps) {
  auto config = test_config();
  config->hooks.middleware = std::move(steps);
  return config;
}

/// A step that adds its name to what passes.
Middleware sign(std::string room, const std::string& name) {
  return {std::move(room),
          [name](const Draft& draft) {
            std::string text(draft.payload);
            return HookVerdict::replace(text.insert(text.size() - 2, name));
          },
          {}};
}

/// The data of EVENT.
std::string data_of(const std::string& text) { return text.substr(text.find("\",0,") + 4, text.size() - text.find("\",0,") - 5); }

}  // namespace

TEST_CASE("middleware runs in its order, for its rooms") {
  Cluster cluster(GENERATE(1u, 3u, 5u), with({sign("", "1"), sign("game-{id}", "2"), sign("chat", "3"), sign("game-7", "4")}));
  Client ann = cluster.producer("ann");
  const auto heard = [&](std::string_view room_id) {
    const Joined room = ann.join(room_id);
    ann.publish(room.room, kMessage, 1, kHi);
    return data_of(ann.take().back());
  };
  CHECK(heard("chat") == R"({"text":"hi13"})");
  CHECK(heard("picky") == R"({"text":"hi1"})");
}

TEST_CASE("a refusal of middleware is final: its number is consumed, and later steps are not called") {
  std::size_t asked_behind = 0;
  Middleware filter{"",
                    [](const Draft& draft) {
                      return draft.payload.find("spam") == std::string_view::npos ? HookVerdict::allow()
                                                                                  : HookVerdict::deny("no spam");
                    },
                    {}};
  Middleware behind{"",
                    [&](const Draft&) {
                      ++asked_behind;
                      return HookVerdict::allow();
                    },
                    {}};
  Cluster cluster(GENERATE(1u, 3u, 5u), with({filter, behind}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, R"({"text":"spam"})");
  CHECK(ann.only() == frame({FrameType::nack, chat.room, 1, number(ErrorCode::denied_by_hook), 0},
                            R"({"message":"The application refused: no spam","reason":"no spam","argument":"no spam"})"));
  CHECK(asked_behind == 0);
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 2, chat.epoch, 1}));
  CHECK(asked_behind == 1);
}

TEST_CASE("what middleware makes of a payload is held against the schema") {
  Cluster cluster(1, with({{"", [](const Draft&) { return HookVerdict::replace(R"({"text":7})"); }, {}}}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::denied_by_hook)}));
  CHECK(cluster.log().back().find("refused") != std::string::npos);
  CHECK(cluster.log().front().find("replacement_refused") == std::string::npos);
}

TEST_CASE("middleware that throws costs no number: the client tries again") {
  bool is_broken = true;
  Cluster cluster(GENERATE(1u, 3u, 5u), with({{"",
                                               [&](const Draft&) {
                                                 if (is_broken) throw std::runtime_error("no database");
                                                 return HookVerdict::allow();
                                               },
                                               {}}}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::internal), 1000}));
  is_broken = false;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 1, chat.epoch, 1}));
}

TEST_CASE("a room's publications keep their order while the application thinks; other rooms go on") {
  Application application;
  Cluster cluster(GENERATE(1u, 3u, 5u), with({{"chat", {}, application.source()}, sign("", "!")}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat"), picky = ann.join("picky");
  ann.publish(chat.room, kMessage, 1, R"({"text":"one"})");
  ann.publish(chat.room, kMessage, 2, R"({"text":"two"})");
  ann.publish(chat.room, kMessage, 3, "7");  // refused by its schema: it takes its turn as well
  CHECK(ann.take().empty());
  ann.publish(picky.room, kMessage, 1, kHi);
  CHECK(ann.take().size() == 2);

  REQUIRE(application.asked.size() == 2);
  const HookQuestion& question = application.asked[1].question;
  CHECK(question.verb == HookVerb::publish);
  CHECK(question.identity->user_id == "ann");
  CHECK(question.room_id == "chat");
  CHECK(question.event == "message");
  CHECK(question.payload == R"({"text":"two"})");
  application.answer(cluster, 1, HookVerdict::allow());
  CHECK(ann.take().empty());
  application.answer(cluster, 0, HookVerdict::replace(R"({"text":"1"})"));
  Frames frames = ann.take();
  REQUIRE(frames.size() == 5);
  CHECK(begins(frames[0], {FrameType::ack, chat.room, 1, chat.epoch, 1}));
  // The answers have their order, and so have the events; an answer and events of others before it are of two turns.
  std::stable_partition(frames.begin(), frames.end(), [](const std::string& text) { return !text.starts_with("[36,"); });
  CHECK(begins(frames[1], {FrameType::ack, chat.room, 2, chat.epoch, 2}));
  CHECK(begins(frames[2], {FrameType::nack, chat.room, 3, number(ErrorCode::wrong_type)}));
  CHECK(data_of(frames[3]) == R"({"text":"1!"})");
  CHECK(data_of(frames[4]) == R"({"text":"two!"})");
  application.answer(cluster, 0, HookVerdict::deny("a second answer"));
  CHECK(ann.take().empty());
}

TEST_CASE("when the application is unavailable, nothing is consumed and the client receives a retry time") {
  Application application;
  Cluster cluster(1, with({{"", {}, application.source()}}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  application.answer(cluster, 0, {ErrorCode::hook_unavailable, "it is down", {}, {}});
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::hook_unavailable), 1000}));
  ann.publish(chat.room, kMessage, 1, kHi);
  application.answer(cluster, 1, HookVerdict::allow());
  CHECK(begins(ann.take().front(), {FrameType::ack, chat.room, 1, chat.epoch, 1}));
}

TEST_CASE("a client that leaves or vanishes before the application's answer gets nothing published") {
  Application application;
  Cluster cluster(GENERATE(1u, 3u, 5u), with({{"", {}, application.source()}}));
  Client ann = cluster.producer("ann"), bob = cluster.producer("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  bob.publish(chat.room, kMessage, 1, kHi);
  ann.send(frame({FrameType::leave, 9, chat.room}));
  bob.vanish();
  ann.take();
  application.answer(cluster, 0, HookVerdict::allow());
  application.answer(cluster, 1, HookVerdict::allow());
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::not_joined), 0}));
  CHECK(ann.join("chat").head == 0);
}

TEST_CASE("a connection's pending questions are bounded") {
  Application application;
  Cluster cluster(1, with({{"", {}, application.source()}}));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  const std::string large = "\"" + std::string(60'000, 'x') + "\"";
  std::uint64_t next = 0;
  while (application.asked.size() == next && next < 100) ann.publish(chat.room, kNote, ++next, large);
  CHECK(application.asked.size() == 17);  // 1 MiB
  for (std::size_t i = 0; i < application.asked.size(); ++i) application.answer(cluster, i, HookVerdict::allow());
  const Frames frames = ann.take();
  const auto refusals = std::count_if(frames.begin(), frames.end(), [&](const std::string& text) {
    return begins(text, {FrameType::nack, chat.room, next, number(ErrorCode::rate_limited), 1000});
  });
  CHECK(refusals == 1);
}

TEST_CASE("a connection under question receives nothing until the application answers") {
  Application application;
  auto config = test_config();
  config->hooks.ask_connect = application.source();
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.connect();
  ann.send("[1,1,0,0,{\"identity\":{\"userId\":\"ann\"}}]\n[2,1,0,0,0,\"chat\",{}]");
  CHECK(ann.take().empty());
  REQUIRE(application.asked.size() == 1);
  CHECK(application.asked[0].question.verb == HookVerb::connect);
  CHECK(application.asked[0].question.identity->user_id == "ann");
  SECTION("it allows, and adds meta") {
    HookVerdict verdict;
    verdict.meta = R"({"role":"host"})";
    application.answer(cluster, 0, verdict);
    const Frames frames = ann.take();
    REQUIRE(frames.size() == 2);
    CHECK(begins(frames[0], {FrameType::welcome}));
    CHECK(begins(frames[1], {FrameType::joined, 1}));
    CHECK(frames[1].find(R"("meta":{"role":"host"})") != std::string::npos);
  }
  SECTION("it denies") {
    application.answer(cluster, 0, HookVerdict::deny("members only"));
    CHECK(ann.only() == bye(ErrorCode::denied_by_hook, "members only"));
  }
  SECTION("it is unavailable: the client reconnects") {
    application.answer(cluster, 0, {ErrorCode::hook_unavailable, "it is down", {}, {}});
    CHECK(begins(ann.only(), {FrameType::bye, number(ErrorCode::hook_unavailable)}));
    CHECK(ann.close_code() == 1011);
  }
  SECTION("it never answers") {
    cluster.advance(kHelloTimeoutMs + 1000);
    CHECK(begins(ann.only(), {FrameType::bye, number(ErrorCode::hook_unavailable)}));
    application.answer(cluster, 0, HookVerdict::allow());
    CHECK(ann.take().empty());
  }
}

TEST_CASE("a token that is revoked while the application thinks does not come in") {
  Application application;
  auto config = test_config();
  config->hooks.ask_connect = application.source();
  Cluster cluster(1, std::move(config));
  cluster.identify_by(Authenticator([](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult {
    Identity identity{"ann", {}, {}, {}};
    identity.token = std::make_shared<const TokenFacts>(TokenFacts{"t1", 1, kStartUnixMs, "{}", {}});
    return identity;
  }));
  Client ann = cluster.connect();
  ann.send("[1,1,0,0,{}]");
  Revocation revocation;
  revocation.token_id = "t1";
  cluster.post(RevokeTokens{revocation});
  application.answer(cluster, 0, HookVerdict::allow());
  CHECK(begins(ann.only(), {FrameType::bye, number(ErrorCode::token_revoked)}));
}

TEST_CASE("an application denies, allows and adds meta to joins; its own joins are not questions") {
  Application application;
  auto config = test_config();
  config->hooks.ask_join = application.source();
  config->hooks.on_connect = [](HookClient& client) {
    client.join("picky");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  CHECK(ann.take().size() == 2);
  CHECK(application.asked.empty());
  ann.ask_join(1, "chat");
  ann.ask_join(2, "game-7");
  ann.ask_join(3, "chat");
  CHECK(ann.only() == refused(3, ErrorCode::already_joined));
  REQUIRE(application.asked.size() == 2);
  CHECK(application.asked[1].question.room_id == "game-7");
  application.answer(cluster, 1, HookVerdict::deny("it has begun"));
  CHECK(ann.only() == refused(2, ErrorCode::denied_by_hook, "it has begun"));
  HookVerdict verdict;
  verdict.meta = R"({"seat":4})";
  application.answer(cluster, 0, verdict);
  const std::string joined = ann.only();
  CHECK(begins(joined, {FrameType::joined, 1}));
  CHECK(joined.find(R"("meta":{"seat":4})") != std::string::npos);
  ann.ask_join(4, "game-7");
  CHECK(application.asked.size() == 3);
}

}  // namespace dialogue::testing
