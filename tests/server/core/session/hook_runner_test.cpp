// Hooks: when they are called, what they may do, and that nothing they do wrong ends the server.
#include "server/core/session/hook_runner.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// A config whose hooks note their calls, in order.
struct Noted {
  Noted() : config(test_config()) {
    Hooks& hooks = config->hooks;
    hooks.on_connect = [this](HookClient& client) {
      note("connect " + client.identity().user_id);
      return HookDecision::allow();
    };
    hooks.on_join = [this](HookClient& client, std::string_view room) {
      note("join " + client.identity().user_id + " " + std::string(room));
      return HookDecision::allow();
    };
    hooks.on_joined = [this](HookClient&, std::string_view room) { note("joined " + std::string(room)); };
    hooks.on_leave = [this](HookClient&, std::string_view room) { note("leave " + std::string(room)); };
    hooks.on_disconnect = [this](HookClient&, std::string_view reason) { note("disconnect " + std::string(reason)); };
    hooks.on_event = [this](const Publication& publication) {
      note("event " + std::string(publication.room_id) + " " + std::string(publication.event) + " " +
           std::string(publication.from) + " " + std::to_string(publication.seq) + " " + std::string(publication.payload));
    };
  }
  void note(std::string what) { calls.push_back(std::move(what)); }

  std::unique_ptr<ShardConfig> config;
  Frames calls;
};

}  // namespace

TEST_CASE("hooks are called in the order of a connection's life") {
  Noted noted;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(noted.config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.publish(chat.room, kMessage, 2, "7");
  const Joined small = ann.join("small");
  ann.send(frame({FrameType::leave, 1, chat.room}));
  CHECK(small.room != chat.room);
  SECTION("the transport breaks") {
    ann.lose();
    CHECK(noted.calls.back() == "disconnect connection_lost");
  }
  SECTION("F-G29 the client closes in order") {
    ann.vanish();
    CHECK(noted.calls.back() == "disconnect closed");
  }
  SECTION("the protocol is broken") {
    ann.send("[99]");
    ann.vanish();
    CHECK(noted.calls.back() == "disconnect frame_unknown");
  }
  noted.calls.pop_back();
  CHECK(noted.calls == Frames{"connect ann", "join ann chat", "joined chat", std::string("event chat message ann 1 ") + kHi,
                              "join ann small", "joined small", "leave chat", "leave small"});
}

TEST_CASE("a connection before WELCOME does not reach the hooks") {
  Noted noted;
  Cluster cluster(1, std::move(noted.config));
  Client client = cluster.connect();
  client.send("[99]");
  client.vanish();
  CHECK(noted.calls.empty());
}

TEST_CASE("on_connect may deny with a reason") {
  auto config = test_config();
  std::size_t disconnects = 0;
  config->hooks.on_connect = [](HookClient&) { return HookDecision::deny("members only"); };
  config->hooks.on_disconnect = [&disconnects](HookClient&, std::string_view) { ++disconnects; };
  Cluster cluster(1, std::move(config));
  Client ann = cluster.connect();
  ann.send("[1,1,0,0,{}]");
  CHECK(ann.only() == bye(ErrorCode::denied_by_hook, "members only"));
  CHECK(ann.close_code() == 1008);
  CHECK(disconnects == 0);
}

TEST_CASE("on_connect may set meta and join rooms, which the client learns after WELCOME") {
  auto config = test_config();
  config->hooks.on_connect = [](HookClient& client) {
    client.join("staff");
    client.set_meta(R"({"role":"host"})");
    client.set_meta("nonsense");
    client.join("nowhere");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::welcome}));
  CHECK(begins(frames[1], {FrameType::joined, 0}));
  CHECK(frames[1].find(R"("roomId":"staff")") != std::string::npos);
  CHECK(frames[1].find(R"("meta":{"role":"host"})") != std::string::npos);
}

TEST_CASE("F-F01 a hook joins its client with the newest events of the room, also if the client may not read history") {
  auto config = test_config();
  config->definitions.rooms[0].access.history = Grants{};
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id == "ann") client.join("chat", 2);
    return HookDecision::allow();
  };
  REQUIRE(config->definitions.rooms[0].id == "chat");
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client bob = cluster.greeted("bob");
  const Joined chat = bob.join("chat");
  for (std::uint64_t i = 1; i <= 3; ++i) bob.publish(chat.room, kMessage, i, kHi);
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 4);
  CHECK(begins(frames[1], {FrameType::joined, 0, chat.room, chat.epoch, 1, 1, 1}));
  CHECK(begins(frames[2], {FrameType::event, chat.room, kMessage, 2}));
  CHECK(begins(frames[3], {FrameType::event, chat.room, kMessage, 3}));
  bob.publish(chat.room, kMessage, 4, kHi);
  CHECK(begins(ann.only(), {FrameType::event, chat.room, kMessage, 4}));
}

TEST_CASE("on_join may deny, and a full room stays full for the application too") {
  auto config = test_config();
  config->hooks.on_join = [](HookClient& client, std::string_view room) {
    if (room == "chat") return HookDecision::deny("not today");
    if (room == "picky") client.join("small");
    return HookDecision::allow();
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  cluster.greeted("bob").join("small");
  cluster.greeted("cleo").join("small");
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "chat");
  CHECK(ann.only() == refused(1, ErrorCode::denied_by_hook, "not today"));
  ann.ask_join(2, "picky");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 1);
  CHECK(begins(frames[0], {FrameType::joined, 2}));
}

TEST_CASE("rules are checked before the hook") {
  Noted noted;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(noted.config));
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "staff");
  CHECK(noted.calls == Frames{"connect ann"});
}

TEST_CASE("F-P5 the application is not asked about a join that rules forbid, wherever the room was made") {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "picky") room.channels = {"sse"};
  Frames asked;
  const auto note = [&asked](std::string_view room) { asked.emplace_back(room); };
  const bool waits = GENERATE(true, false);
  if (waits)
    config->hooks.ask_join = [note](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
      note(question.room_id);
      done(HookVerdict::allow());
    };
  else
    config->hooks.on_join = [note](HookClient&, std::string_view room) {
      note(room);
      return HookDecision::allow();
    };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  for (const std::string id : {"closed", "open", "game-1", "game-2"}) {  // a pattern matches the last two
    RoomDefinition made;
    made.id = id;
    made.events = {"message"};
    if (id == "closed" || id == "game-1") made.access.join = {"role:admin"};
    cluster.post(CreateRoom{std::move(made)});
  }
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "closed");
  CHECK(ann.only() == refused(1, ErrorCode::forbidden, "join needs role:admin"));
  ann.ask_join(4, "game-1");
  CHECK(ann.only() == refused(4, ErrorCode::forbidden, "join needs role:admin"));
  ann.ask_join(2, "picky");
  CHECK(begins(ann.only(), {FrameType::reply, 2, number(ErrorCode::forbidden)}));
  ann.ask_join(3, "open", R"({"events":["note"]})");
  CHECK(ann.only() == refused(3, ErrorCode::event_not_allowed, "note"));
  CHECK(asked.empty());
  CHECK(ann.join("open").room > 0);
  CHECK(ann.join("game-2", R"({"events":["message"]})").room > 0);
  ann.ask_join(5, "nowhere");  // the application may make it
  CHECK(ann.only() == refused(5, ErrorCode::room_unknown, "nowhere"));
  CHECK(asked == Frames{"open", "game-2", "nowhere"});
}

TEST_CASE("F-P5 a JOIN that ends while the room's owner shard is asked about its rules reaches no application") {
  auto config = test_config();
  std::size_t asked = 0;
  config->hooks.ask_join = [&asked](HookQuestion&&, const std::function<void(HookVerdict)>& done) {
    ++asked;
    done(HookVerdict::allow());
  };
  Cluster cluster(3, std::move(config));
  RoomDefinition made;
  made.id = "made";
  cluster.post(CreateRoom{std::move(made)});
  const std::uint32_t home = shard_of("made", 3);
  Client ann = cluster.greeted("ann");
  if (ann.shard() == home) ann = cluster.greeted("ann");
  cluster.hold_mail(home, true);
  ann.ask_join(1, "made");
  SECTION("its connection is gone") {
    ann.lose();
    CHECK(ann.take().empty());
  }
  SECTION("its user is removed") {
    cluster.post(LeaveRoom{"ann", "made"}, ann.shard());
    CHECK(ann.only() == refused(1, ErrorCode::forbidden, "the application has removed you"));
  }
  SECTION("no answer comes in time") {
    cluster.advance(kRequestTimeoutMs + 1'000);
    CHECK(begins(ann.take().at(0), {FrameType::reply, 1, number(ErrorCode::store_unavailable)}));
  }
  cluster.hold_mail(home, false);
  cluster.settle();
  CHECK(asked == 0);
}

TEST_CASE("on_joined may send to the joined client, and only if that is possible") {
  auto config = test_config();
  std::vector<bool> sent;
  config->hooks.on_joined = [&sent](HookClient& client, std::string_view room) {
    sent = {client.send(room, "message",
                        R"({"text":)"
                        "\n"
                        R"("welcome"})"),
            client.send(room, "message", "7"), client.send(room, "game.move", "1"),
            client.send("small", "message", R"({"text":"x"})"), client.send(room, "nothing", "1")};
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  bob.ask_join(1, "small");
  ann.ask_join(1, "chat");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::joined, 1}));
  CHECK(frames[1].find(R"(,2,0,1700000000000,"system",0,{"text": "welcome"}])") != std::string::npos);
  CHECK(sent == std::vector<bool>{true, false, false, false, false});
}

TEST_CASE("a hook may make its client leave, or disconnect it") {
  auto config = test_config();
  config->hooks.on_joined = [](HookClient& client, std::string_view room) {
    if (room == "chat") client.leave("chat");
    if (room == "small") client.disconnect("enough");
    client.leave("");
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "chat");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::joined, 1}));
  CHECK(frames[1].rfind("[35,0,", 0) == 0);
  CHECK(frames[1].find(",61]") != std::string::npos);
  ann.ask_join(2, "picky");
  CHECK(begins(ann.only(), {FrameType::joined, 2}));
  ann.ask_join(3, "small");
  CHECK(ann.take().back() == bye(ErrorCode::denied_by_hook, "enough"));
  CHECK(ann.close_code() == 1008);
}

TEST_CASE("a hook that throws denies if it can, is logged, and ends no connection") {
  auto config = test_config();
  config->hooks.on_join = [](HookClient&, std::string_view) -> HookDecision { throw std::runtime_error("no database"); };
  config->hooks.on_event = [](const Publication&) { throw 7; };
  config->hooks.on_disconnect = [](HookClient&, std::string_view) { throw std::logic_error("twice"); };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "chat");
  CHECK(ann.only() == refused(1, ErrorCode::internal));
  PublishResult result;
  cluster.ask(ServerPublish{"chat", "message", kHi, "system"}, [&result](const PublishResult& answer) {
    result = answer;
    throw std::runtime_error("done");
  });
  CHECK(result.position.seq == 1);
  ann.vanish();
  Frames threw;
  for (const std::string& line : cluster.log())
    if (line.rfind("application_threw", 0) == 0) threw.push_back(line);
  CHECK(threw == Frames{R"(application_threw {"function":"on_join","what":"no database"})",
                        R"(application_threw {"function":"on_event"})", R"(application_threw {"function":"done","what":"done"})",
                        R"(application_threw {"function":"on_disconnect","what":"twice"})"});
}

TEST_CASE("commands of on_disconnect are ignored: the connection has ended") {
  auto config = test_config();
  config->hooks.on_disconnect = [](HookClient& client, std::string_view) {
    client.join("chat");
    client.disconnect("again");
    CHECK_FALSE(client.send("chat", "message", kHi));
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  bob.join("chat");
  ann.vanish();
  cluster.advance(200);
  CHECK(bob.take().empty());
}

}  // namespace dialogue::testing
