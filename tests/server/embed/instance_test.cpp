// Publishing, listening and rooms through an Instance, with real clients on loopback sockets.
#include <dialogue/instance.hpp>

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

using namespace dialogue;
using namespace dialogue::test;

TEST_CASE("an untyped trigger is logged, answered with its position and delivered to the members") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("chat");

  const TriggerResult result = value_of(server.trigger("chat", "message", R"({"text":"Hello"})"));
  CHECK(result.ok());
  CHECK(result.seq == 1);
  CHECK(result.epoch > 0);
  CHECK(result.timestamp_ms > 1'600'000'000'000);
  const json event = ann.wait_for(FrameType::event);
  CHECK(event[3] == 1);
  CHECK(event[5] == "system");
  CHECK(event[7]["text"] == "Hello");
}

TEST_CASE("a typed trigger sends the C++ value") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("game-7");

  REQUIRE(value_of(server.trigger("game-7", move_event, Move{12, 28})).ok());
  CHECK(ann.wait_for(FrameType::event)[7] == json({{"from", 12}, {"to", 28}}));
  CHECK(value_of(server.trigger(chat, message, {"Hi"})).seq == 1);
}

TEST_CASE("a refused trigger has the same code and path as for clients") {
  Instance server = create_dialogue(test_config());
  server.listen();
  const auto refused = [&](const char* room, const char* event, const char* payload) {
    const TriggerResult result = value_of(server.trigger(room, event, payload));
    CHECK_FALSE(result.message.empty());
    return std::string(result.code_name()) + " " + result.path;
  };
  CHECK(refused("nowhere", "message", R"({"text":"x"})") == "room_unknown ");
  CHECK(refused("chat", "shout", R"({"text":"x"})") == "event_unknown ");
  CHECK(refused("chat", "game.move", R"({"from":1,"to":2})") == "event_not_allowed ");
  CHECK(refused("chat", "message", R"({"text":""})") == "too_short $.text");
  CHECK(refused("chat", "message", R"({"text":"x")") == "json_syntax $");
}

TEST_CASE("a trigger with a callback answers on a thread of the server") {
  Instance server = create_dialogue(test_config());
  server.listen();
  std::promise<std::thread::id> answered;
  server.trigger(chat, message, Message{"Hi"}, [&](const TriggerResult& result) {
    if (result.ok()) answered.set_value(std::this_thread::get_id());
  });
  CHECK(value_of(answered.get_future()) != std::this_thread::get_id());
}

TEST_CASE("triggers from many threads get every sequence number once") {
  Instance server = create_dialogue(test_config());
  server.listen();
  constexpr int kThreads = 4, kEach = 100;
  std::vector<std::vector<std::future<TriggerResult>>> answers(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : answers)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) mine.push_back(server.trigger(chat, message, Message{"Hi"}));
    });
  for (std::thread& thread : threads) thread.join();

  std::vector<bool> seen(kThreads * kEach + 1);
  for (auto& mine : answers) {
    std::uint64_t last = 0;
    for (auto& answer : mine) {
      const std::uint64_t seq = value_of(std::move(answer)).seq;
      REQUIRE(seq > last);  // each thread's own order is kept
      REQUIRE(seq < seen.size());
      REQUIRE_FALSE(seen[seq]);
      seen[seq] = true;
      last = seq;
    }
  }
}

TEST_CASE("a typed listener receives publications of clients and the program, with author and room") {
  Instance server = create_dialogue(test_config());
  std::promise<std::string> from_client, from_program;
  server.on(chat, message, [&](const Message& said, const Publication& publication) {
    (publication.from == "system" ? from_program : from_client)
        .set_value(std::string(publication.room_id) + " " + std::string(publication.from) + ": " + said.text);
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  const json joined = ann.join("chat");
  ann.send(json::array({4, joined[2], 2, 1, 0, {{"text", "Hello"}}}));
  CHECK(value_of(from_client.get_future()) == "chat ann: Hello");
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  CHECK(value_of(from_program.get_future()) == "chat system: Hi");
}

TEST_CASE("a listener on a pattern receives events of its rooms and no others, until it is stopped") {
  Instance server = create_dialogue(test_config());
  std::mutex mutex;
  std::vector<std::string> heard;
  Subscription listener = server.on(game, move_event, [&](const Move& move, const Publication& publication) {
    const std::lock_guard lock(mutex);
    heard.push_back(std::string(publication.room_id) + " " + std::to_string(move.to));
  });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("game-1");
  ann.join("game-2", 2);
  REQUIRE(value_of(server.trigger("game-1", move_event, Move{1, 2})).ok());
  REQUIRE(value_of(server.trigger("game-2", move_event, Move{1, 3})).ok());
  REQUIRE(value_of(server.trigger(chat, message, Message{"Hi"})).ok());
  listener.stop();
  REQUIRE(value_of(server.trigger("game-1", move_event, Move{1, 4})).ok());
  ann.reset();
  server.stop();
  CHECK(heard == std::vector<std::string>{"game-1 2", "game-2 3"});
}

TEST_CASE("a handler that throws is logged, and the others are still called") {
  Config config = test_config();
  std::promise<std::string> logged, heard;
  config.logger = [&](const LogLine& line) {
    if (line.event == "handler_threw") logged.set_value(line.fields);
  };
  Instance server = create_dialogue(std::move(config));
  server.on("*", "*", [](const Publication&) { throw std::runtime_error("broken"); });
  server.on("*", "*", [&](const Publication& publication) { heard.set_value(std::string(publication.payload)); });
  server.listen();
  REQUIRE(value_of(server.trigger("chat", "message", R"({"text":"Hi"})")).ok());
  CHECK(value_of(heard.get_future()) == R"({"text":"Hi"})");
  CHECK(json::parse(value_of(logged.get_future())) == json({{"room", "chat"}, {"event_name", "message"}, {"what", "broken"}}));
}

TEST_CASE("F-F14 a payload that fits the schema but not the C++ type is logged without a call") {
  Config config = test_config();
  std::promise<std::string> logged;
  config.logger = [&](const LogLine& line) {
    if (line.event == "handler_threw") logged.set_value(line.fields);
  };
  config.definitions = definitions_from_json(  // wider than the C++ type, whose own schema says what an int holds
      R"({"events":{"game.move":{"schema":{"type":"object"}}},"rooms":{"game-{id}":{"events":["game.move"]}}})");
  Instance server = create_dialogue(std::move(config));
  std::atomic<int> calls = 0;
  server.on(game, move_event, [&](const Move&) { ++calls; });
  server.listen();
  FrameClient ann(server.port(), "ann");
  ann.join("game-1");
  REQUIRE(value_of(server.trigger("game-1", "game.move", R"({"from":1,"to":5000000000})")).ok());
  CHECK_THAT(value_of(logged.get_future()), Catch::Matchers::Contains("does not fit the C++ type"));
  CHECK(calls == 0);
}

TEST_CASE("rooms are made and ended at run time, and listed with their sizes") {
  Instance server = create_dialogue(test_config());
  server.listen();
  RoomDefinition den;
  den.id = "den";
  den.name = "Den";
  den.max_size = 3;
  den.events = {"message"};
  CHECK(value_of(server.create_room(den)).ok());
  CHECK(value_of(server.create_room(den)).code_name() == "room_exists");
  den.id = "attic";
  den.events = {"shout"};
  CHECK(value_of(server.create_room(den)).code_name() == "event_unknown");

  FrameClient ann(server.port(), "ann");
  ann.join("den");
  const std::vector<RoomInfo> rooms = value_of(server.list_rooms());
  REQUIRE(rooms.size() == 3);
  CHECK(rooms[0].id == "chat");
  CHECK(rooms[1].id == "den");
  CHECK(rooms[1].name == "Den");
  CHECK(rooms[1].size == 1);
  CHECK(rooms[1].max_size == 3u);

  CHECK(value_of(server.delete_room("den")).ok());
  CHECK(ann.wait_for(FrameType::left)[3] == static_cast<int>(ErrorCode::room_deleted));
  CHECK(value_of(server.delete_room("den")).code_name() == "room_unknown");
  CHECK(value_of(server.list_rooms()).size() == 2);
}

TEST_CASE("a user's connections are found on every shard, taken out of a room, and ended") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient desk(server.port(), "ann"), phone(server.port(), "ann"), other(server.port(), "bob");
  desk.join("chat");
  phone.join("chat");
  other.join("chat");

  const std::vector<ConnectionInfo> connections = value_of(server.get_clients("ann"));
  REQUIRE(connections.size() == 2);
  CHECK(connections[0].user_id == "ann");
  CHECK(connections[0].rooms == std::vector<std::string>{"chat"});
  CHECK(connections[0].session_id != connections[1].session_id);
  CHECK(value_of(server.get_all_clients()).size() == 3);

  CHECK(value_of(server.remove_from_room("ann", "chat")) == 2);
  CHECK(desk.wait_for(FrameType::left)[3] == static_cast<int>(ErrorCode::forbidden));
  CHECK(value_of(server.disconnect_user("ann", "Come back tomorrow")) == 2);
  CHECK(phone.wait_for(FrameType::bye)[3]["message"].get<std::string>().find("Come back tomorrow") != std::string::npos);
  CHECK(value_of(server.get_clients("ann")).empty());
}

TEST_CASE("F-K13 rooms, users and members are listed in pages, whichever shards they are on") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient desk(server.port(), "ann"), phone(server.port(), "ann"), bob(server.port(), "bob"), carl(server.port(), "carl");
  for (FrameClient* client : {&desk, &phone, &bob}) client->join("chat");
  static_cast<void>(carl.wait_for(FrameType::welcome));
  const std::vector<RoomInfo> rooms = value_of(server.list_rooms(ListRange{.after = "", .limit = 1}));
  REQUIRE(rooms.size() == 1);
  CHECK(rooms[0].id == "chat");
  CHECK(rooms[0].size == 3);
  const std::vector<RoomInfo> more = value_of(server.list_rooms(ListRange{.after = "chat"}));
  REQUIRE(more.size() == 1);
  CHECK(more[0].id > "chat");
  const std::vector<UserInfo> users = value_of(server.list_users(ListRange{.after = "", .limit = 2}));
  REQUIRE(users.size() == 2);
  CHECK(users[0].user_id == "ann");
  CHECK(users[0].connections == 2);
  CHECK(users[1].user_id == "bob");
  CHECK(value_of(server.list_users(ListRange{.after = "bob", .limit = 2})).at(0).user_id == "carl");
  const std::vector<UserInfo> members = value_of(server.list_members("chat", {.after = "ann"}));
  REQUIRE(members.size() == 1);
  CHECK(members[0].user_id == "bob");
  CHECK(value_of(server.list_members("nowhere", {})).empty());
}

TEST_CASE("an event for a user or a session reaches whom it is for, and is checked") {
  Instance server = create_dialogue(test_config());
  server.listen();
  FrameClient desk(server.port(), "ann"), phone(server.port(), "ann"), other(server.port(), "bob");
  for (FrameClient* client : {&desk, &phone, &other}) static_cast<void>(client->wait_for(FrameType::welcome));
  const SendResult sent = value_of(server.send_to_user("ann", message, Message{"Hello"}));
  CHECK(sent.ok());
  CHECK(sent.connections == 2);
  for (FrameClient* client : {&desk, &phone}) {
    const json event = client->wait_for(FrameType::event);
    CHECK(event[1] == 0);
    CHECK(event[3] == 0);
    CHECK(event[7]["text"] == "Hello");
  }
  const std::string session = value_of(server.get_clients("bob")).at(0).session_id;
  CHECK(value_of(server.send_to_session(session, "game.move", R"({"from":1,"to":2})")).connections == 1);
  CHECK(other.wait_for(FrameType::event)[7]["to"] == 2);
  CHECK(value_of(server.send_to_user("nobody", message, Message{"Hello"})).connections == 0);
  const SendResult wrong = value_of(server.send_to_user("ann", "message", R"({"text":""})"));
  CHECK(wrong.code_name() == "too_short");
  CHECK(wrong.path == "$.text");
  for (FrameClient* client : {&desk, &phone, &other}) client->reset();
  server.stop();
  CHECK(value_of(server.send_to_user("ann", message, Message{"Hello"})).code_name() == "closed");
}
