// Hooks: where an application takes part in connecting, joining, leaving and ending.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>
#include <mutex>

#include "tests/server/facade/frame_client.hpp"
#include "tests/server/facade/test_app.hpp"

using namespace dialogue;
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

TEST_CASE("the first join hook that denies decides; a granted join is told") {
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

TEST_CASE("leaving and ending are told once each, the rooms before the connection") {
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
