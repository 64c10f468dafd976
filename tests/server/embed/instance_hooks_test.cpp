// Hooks: where an application takes part in connecting, joining, leaving and ending.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>
#include <mutex>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::test;

namespace {

/// What hooks saw, in order; they run on several threads.
class Notes {
 public:
  void add(std::string note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(note));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
};

}  // namespace

TEST_CASE("a connect hook joins rooms for the client and gives it meta") {
  Instance server = create_dialogue(test_config());
  server.on_connect([](Client& client) {
    client.set_meta(R"({"role":"staff"})");
    client.join(chat);
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  const json joined = ann.wait_for(FrameType::joined);
  CHECK(joined[1] == 0);  // nobody asked
  CHECK(joined[7]["roomId"] == "chat");
  const std::vector<ConnectionInfo> connections = value_of(server.get_clients("ann"));
  REQUIRE(connections.size() == 1);
  CHECK(json::parse(connections[0].meta) == json({{"role", "staff"}}));
}

TEST_CASE("a connect hook refuses with a reason that the client sees") {
  Instance server = create_dialogue(test_config());
  server.on_connect(
      [](Client& client) { return client.user_id() == "mallory" ? HookDecision::deny("not you") : HookDecision::allow(); });
  server.listen();
  FrameClient mallory(server.port(), "mallory");
  const json bye = mallory.wait_for(FrameType::bye);
  CHECK(bye[1] == static_cast<int>(ErrorCode::denied_by_hook));
  CHECK_THAT(bye[3]["message"].get<std::string>(), Catch::Matchers::Contains("not you"));
  FrameClient ann(server.port(), "ann");
  CHECK(ann.join("chat")[7]["roomId"] == "chat");
}

TEST_CASE("the first join hook that denies decides; a granted join is reported") {
  Instance server = create_dialogue(test_config());
  Notes notes;
  server.on_join([&](Client& client, std::string_view room) { notes.add(client.user_id() + " asks for " + std::string(room)); });
  server.on_join(
      [](Client&, std::string_view room) { return room == "duo" ? HookDecision::deny("by invitation") : HookDecision::allow(); });
  server.on_join([&](Client&, std::string_view) { notes.add("asked twice"); });
  server.on_joined([&](Client& client, std::string_view room) { notes.add(client.user_id() + " is in " + std::string(room)); });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "duo", json::object()}));
  const json refused = ann.wait_for(FrameType::reply);
  CHECK(refused[2] == static_cast<int>(ErrorCode::denied_by_hook));
  CHECK_THAT(refused[3]["message"].get<std::string>(), Catch::Matchers::Contains("by invitation"));
  ann.join("chat", 2);
  ann.reset();
  server.stop();
  CHECK(notes.all() == std::vector<std::string>{"ann asks for duo", "ann asks for chat", "asked twice", "ann is in chat"});
}

TEST_CASE("a joined hook sends to the newcomer alone") {
  Instance server = create_dialogue(test_config());
  server.on_joined([](Client& client, std::string_view room) {
    CHECK(client.send(room, message, Message{"Welcome, " + client.user_id()}));
    CHECK_FALSE(client.send(room, "message", R"({"text":""})"));
    CHECK_FALSE(client.send("duo", message, Message{"not there"}));
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");
  const json event = ann.wait_for(FrameType::event);
  CHECK(event[3] == 0);
  CHECK(event[7]["text"] == "Welcome, ann");
}

TEST_CASE("leaves and ends are reported once each, the rooms before the connection") {
  Instance server = create_dialogue(test_config());
  Notes notes;
  std::promise<void> ended;
  server.on_leave([&](Client& client, std::string_view room) { notes.add(client.user_id() + " left " + std::string(room)); });
  server.on_disconnect([&](Client& client, std::string_view) {
    notes.add(client.user_id() + " is gone");
    ended.set_value();
  });
  server.listen();
  {
    FrameClient ann(server.port(), "ann");
    const json joined = ann.join("chat");
    ann.join("duo", 2);
    ann.send(json::array({3, 3, joined[2]}));
    static_cast<void>(ann.wait_for(FrameType::left));
  }
  value_of(ended.get_future());
  CHECK(notes.all() == std::vector<std::string>{"ann left chat", "ann left duo", "ann is gone"});
}

TEST_CASE("F-P12 a notification that throws is logged, and the hooks behind it are notified") {
  Notes notes, log;
  auto config = test_config();
  config.logger = [&log](const LogLine& line) { log.add(line.event + " " + line.fields); };
  Instance server = create_dialogue(std::move(config));
  const auto fail = [](Client&, std::string_view) { throw std::runtime_error("no database"); };
  const auto note = [&notes](std::string_view hook) {
    return [&notes, hook](Client&, std::string_view) { notes.add(std::string(hook)); };
  };
  server.on_joined(fail);
  server.on_joined(note("joined"));
  server.on_leave(fail);
  server.on_leave(note("leave"));
  server.on_disconnect(fail);
  server.on_disconnect(note("disconnect"));
  server.listen();
  FrameClient(server.port(), "ann").join("chat");
  server.stop();
  CHECK(notes.all() == std::vector<std::string>{"joined", "leave", "disconnect"});
  std::size_t thrown = 0;
  for (const std::string& line : log.all())
    thrown += line.starts_with("application_threw") && line.find("no database") != std::string::npos ? 1 : 0;
  CHECK(thrown == 3);
}

TEST_CASE("a hook ends a connection with a reason") {
  Instance server = create_dialogue(test_config());
  server.on_joined([](Client& client, std::string_view) { client.disconnect("enough"); });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "chat", json::object()}));
  CHECK_THAT(ann.wait_for(FrameType::bye)[3]["message"].get<std::string>(), Catch::Matchers::Contains("enough"));
}

TEST_CASE("hooks cannot be set while the server runs") {
  Instance server = create_dialogue(test_config());
  server.listen();
  CHECK_THROWS_WITH(server.on_connect([](Client&) {}),
                    "on_connect: hooks cannot be set while the server runs. Set them before listen().");
  CHECK_THROWS_AS(server.on_leave([](Client&, std::string_view) {}), SetupError);
}

namespace {

/// The frames of a client until an event, or its farewell, as "joined", "left", "event TEXT" and "bye".
std::vector<std::string> told(FrameClient& client, const std::string& last) {
  std::vector<std::string> all;
  while (all.empty() || all.back() != last) {
    const json frame = client.next();
    const auto type = static_cast<FrameType>(frame.at(0).get<int>());
    if (type == FrameType::joined) all.push_back("joined " + frame[7]["roomId"].get<std::string>());
    if (type == FrameType::left) all.emplace_back("left");
    if (type == FrameType::event) all.push_back("event " + frame[7]["text"].get<std::string>());
    if (type == FrameType::bye) all.emplace_back("bye");
  }
  return all;
}

}  // namespace

TEST_CASE("F-E04 commands of a hook to its client are executed in order, across shards") {
  using Told = std::vector<std::string>;
  Instance server = create_dialogue(test_config());
  server.on_connect([](Client& client) {
    for (const char* room : {"chat", "duo"}) {
      const std::string& user = client.user_id();
      if (user == "ann") {
        client.join(room);
        client.leave(room);
        client.join(room);
        CHECK(client.send(room, message, Message{"welcome"}));
      }
      if (user == "bob") {
        client.join(room);
        CHECK(client.send(room, message, Message{"hello"}));
        client.leave(room);
        CHECK_FALSE(client.send(room, message, Message{"gone"}));
        CHECK_FALSE(client.send(room, "message", R"({"text":""})"));
      }
    }
    if (client.user_id() == "carl") {
      client.join(chat);
      client.disconnect("enough");
    }
    if (client.user_id() == "bob") client.join("game-1");
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  Told all = told(ann, "event welcome");
  const Told more = told(ann, "event welcome");
  all.insert(all.end(), more.begin(), more.end());
  CHECK(all == Told{"joined chat", "left", "joined chat", "event welcome", "joined duo", "left", "joined duo", "event welcome"});
  FrameClient bob(server.port(), "bob");
  CHECK(told(bob, "joined game-1") ==
        Told{"joined chat", "event hello", "left", "joined duo", "event hello", "left", "joined game-1"});
  FrameClient carl(server.port(), "carl");
  CHECK(told(carl, "bye") == Told{"joined chat", "bye"});
  CHECK(value_of(server.get_clients("ann")).at(0).rooms == Told{"chat", "duo"});
  CHECK(value_of(server.get_clients("bob")).at(0).rooms == Told{"game-1"});
}

TEST_CASE("F-E04 requests of a hook before its client is admitted are done afterwards, even if another hook is asynchronous") {
  Instance server = create_dialogue(test_config());
  server.on_connect([](Client& client) {
    client.join(chat);
    CHECK(client.send(chat, message, Message{"welcome"}));
  });
  std::promise<std::function<void(HookVerdict)>> asked;
  server.on_connect(AsyncHook{[&](HookQuestion&&, std::function<void(HookVerdict)> done) { asked.set_value(std::move(done)); }});
  server.listen();
  FrameClient ann(server.port(), "ann");
  value_of(asked.get_future())(HookVerdict::allow());
  CHECK(told(ann, "event welcome") == std::vector<std::string>{"joined chat", "event welcome"});
}

TEST_CASE("F-E04 a hook with too many commands is obeyed in part, and the log reports it") {
  Config config = test_config();
  std::atomic<int> refused{0};
  config.logger = [&](const LogLine& line) { refused += line.event == "hook_calls_refused" ? 1 : 0; };
  Instance server = create_dialogue(std::move(config));
  server.on_connect([](Client& client) {
    client.join(chat);
    for (std::size_t i = 0; i < 1023; ++i) client.leave("nowhere");
    client.leave(chat);
    client.leave(chat);
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  CHECK(told(ann, "joined chat") == std::vector<std::string>{"joined chat"});
  CHECK(value_of(server.get_clients("ann")).at(0).rooms == std::vector<std::string>{"chat"});
  CHECK(refused == 2);
}

TEST_CASE("F-E09 a reason has at most 256 bytes, whatever its source") {
  const std::string endless(3'000'000, 'x'), cut = std::string(253, 'x') + "...";
  Instance server = create_dialogue(test_config());
  server.on_connect([&](Client& client) {
    if (client.user_id() == "carl") client.disconnect(endless);
    return client.user_id() == "mallory" ? HookDecision::deny(endless) : HookDecision::allow();
  });
  server.on_join(
      [&](Client&, std::string_view room) { return room == "duo" ? HookDecision::deny(endless) : HookDecision::allow(); });
  server.on_join(AsyncHook{[&](HookQuestion&& question, const std::function<void(HookVerdict)>& done) {
    done(question.room_id == "game-1" ? HookVerdict::deny(endless) : HookVerdict::allow());
  }});
  server.use([&](const Draft&) { return HookVerdict::deny(endless); });
  server.listen();
  const auto has_cut = [&](const std::string& text) {
    CHECK(text.size() < 1000);
    CHECK_THAT(text, Catch::Matchers::Contains(cut));
  };
  FrameClient mallory(server.port(), "mallory"), carl(server.port(), "carl"), ann(server.port(), "ann");
  has_cut(mallory.wait_for(FrameType::bye).dump());
  has_cut(carl.wait_for(FrameType::bye).dump());
  for (const char* room : {"duo", "game-1"}) {
    ann.send(json::array({2, 1, 0, 0, 0, room, json::object()}));
    has_cut(ann.wait_for(FrameType::reply).dump());
  }
  const json joined = ann.join("chat", 2);
  ann.send(json::array({4, joined[2], 2, 1, 0, {{"text", "Hello"}}}));
  const std::string nack = ann.wait_for(FrameType::nack).dump();
  CHECK(nack.size() < 1000);
  CHECK(value_of(server.disconnect_user("ann", endless)) == 1);
  has_cut(ann.wait_for(FrameType::bye).dump());
}
