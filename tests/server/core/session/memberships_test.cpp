// JOIN and LEAVE: what is granted, what is refused with which code, and how memberships end.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string event_frame(const Joined& room, std::uint64_t seq, std::string_view from) {
  return frame({FrameType::event, room.room, kMessage, seq, kStartUnixMs}, "\"" + std::string(from) + "\",0," + kHi);
}

}  // namespace

TEST_CASE("JOINED has everything that a member needs") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  CHECK(chat.epoch >= 1);
  CHECK(chat.epoch <= kSafeIntegerMax);
  CHECK(chat.base == 1);
  CHECK(chat.head == 0);
  CHECK(chat.recovered == 1);
  CHECK(chat.object == R"({"roomId":"chat","name":"Support chat","clock":1,"members":[{"userId":"ann"}]})");
  const Joined small = ann.join("small");
  CHECK(small.object == R"({"roomId":"small","name":"small","maxSize":2,"clock":1,"members":[{"userId":"ann"}]})");
  CHECK(small.room != chat.room);
}

TEST_CASE("a room number is the same for all members") {
  Cluster cluster(3);
  const Joined first = cluster.greeted("ann").join("chat");
  const Joined second = cluster.greeted("bob").join("chat");
  CHECK(first.room == second.room);
  CHECK(first.epoch == second.epoch);
}

TEST_CASE("a refused JOIN names the reason and leaves the connection open") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  SECTION("unknown room") {
    ann.ask_join(3, "nowhere");
    CHECK(ann.only() == refused(3, ErrorCode::room_unknown, "nowhere"));
  }
  SECTION("a name that cannot be") {
    ann.ask_join(4, "a/b");
    CHECK(ann.only() == refused(4, ErrorCode::name_invalid));
  }
  SECTION("joined already") {
    ann.join("chat");
    ann.ask_join(5, "chat");
    CHECK(ann.only() == refused(5, ErrorCode::already_joined));
  }
  SECTION("requested twice in one message") {
    ann.send("[2,1,0,0,0,\"chat\",{}]\n[2,2,0,0,0,\"chat\",{}]");
    const Frames frames = ann.take();
    REQUIRE(frames.size() == 2);
    const bool refused_first = begins(frames[0], {FrameType::reply});
    CHECK(frames[refused_first ? 0 : 1] == refused(2, ErrorCode::already_joined));
    CHECK(begins(frames[refused_first ? 1 : 0], {FrameType::joined, 1}));
  }
  SECTION("full") {
    cluster.greeted("bob").join("small");
    Client cleo = cluster.greeted("cleo");
    cleo.join("small");
    ann.ask_join(6, "small");
    CHECK(ann.only() == refused(6, ErrorCode::room_full, "2"));
    cleo.vanish();
    CHECK(ann.join("small").recovered == 1);
  }
  SECTION("one user's connections each take a place") {
    ann.join("small");
    cluster.greeted("ann").join("small");
    Client third = cluster.greeted("ann");
    third.ask_join(6, "small");
    CHECK(third.only() == refused(6, ErrorCode::room_full, "2"));
  }
  SECTION("not granted") {
    ann.ask_join(7, "staff");
    CHECK(ann.only() == refused(7, ErrorCode::forbidden, "join needs role:admin or user:root"));
  }
  SECTION("a from_kind that does not exist") {
    ann.send("[2,8,5,0,0,\"chat\",{}]");
    CHECK(ann.only() == refused(8, ErrorCode::request_invalid, "from_kind is 0 to 4"));
  }
  SECTION("options of the wrong form") {
    ann.ask_join(9, "chat", R"({"events":"message"})");
    CHECK(ann.only() == refused(9, ErrorCode::request_invalid, "JOIN: events has the wrong form"));
    ann.ask_join(9, "chat", R"({"events":["message",7]})");
    CHECK(ann.only() == refused(9, ErrorCode::request_invalid, "JOIN: events has the wrong form"));
    ann.ask_join(9, "chat", "[]");
    CHECK(ann.only() == refused(9, ErrorCode::request_invalid, "JOIN: an object is due"));
  }
  SECTION("an unknown event, and one that the room does not list") {
    ann.ask_join(10, "chat", R"({"events":["message","mesage"]})");
    CHECK(ann.only() == refused(10, ErrorCode::event_unknown, "mesage"));
    ann.ask_join(11, "chat", R"({"events":["game.move"]})");
    CHECK(ann.only() == refused(11, ErrorCode::event_not_allowed, "game.move"));
  }
  CHECK(ann.close_code() == 0);
}

TEST_CASE("a role or a name opens a room that has grants") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client root = cluster.greeted("root");
  CHECK(root.join("staff").recovered == 1);
  Client boss = cluster.connect();
  boss.send(R"([1,1,0,0,{"identity":{"userId":"boss","meta":{"role":"admin"}}}])");
  CHECK(boss.join("staff").recovered == 1);
}

TEST_CASE("a room whose channels leave WebSocket out is neither listed nor joined there") {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") room.channels = {"sse"};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  ann.ask_join(1, "chat");
  CHECK(ann.only() == refused(1, ErrorCode::forbidden, "the room is not served over WebSocket"));
  ann.send("[8,2]");
  CHECK(ann.only().find("\"chat\"") == std::string::npos);
}

TEST_CASE("a connection joins, lists and checks only rooms whose channels include its transport") {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) {
    if (room.id == "chat") room.channels = {"sse"};
    if (room.id == "staff") room.access.join.reset();
    if (room.id == "staff") room.channels = {"websocket"};
  }
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  PeerFacts peer;
  peer.transport = TransportKind::sse;
  Client ann = cluster.connect(peer);
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  CHECK(ann.join("chat").recovered == 1);
  ann.ask_join(7, "staff");
  CHECK(ann.only() == refused(7, ErrorCode::forbidden, "the room is not served over server-sent events"));
  ann.send("[8,2]");
  const std::string listed = ann.only();
  CHECK(listed.find("\"chat\"") != std::string::npos);
  CHECK(listed.find("\"staff\"") == std::string::npos);
  ann.send(frame({FrameType::can, 3}, R"({"right":"join","room":"staff"})"));
  CHECK(ann.only().find("the room is not served over server-sent events") != std::string::npos);
}

TEST_CASE("the number of a connection's rooms is bounded") {
  auto config = test_config();
  config->limits.rooms_per_connection_max = 3;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  ann.join("game-1");
  ann.join("game-2");
  const Joined third = ann.join("game-3");
  ann.ask_join(4, "game-4");
  CHECK(ann.only() == refused(4, ErrorCode::too_many_rooms, "3"));
  ann.send(frame({FrameType::leave, 5, third.room}));
  CHECK(ann.only() == frame({FrameType::left, 5, third.room, 0}));
  ann.join("game-4");
}

TEST_CASE("JOIN from a position reports what can be recovered, and recovered events follow") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (int i = 0; i < 3; ++i) ann.publish(chat.room, kMessage, 1, kHi);
  struct Case {
    std::uint64_t kind, epoch, seq, recovered, first;  // first: the first event that follows; 4: none
    const char* reason;
  };
  const auto test =
      GENERATE_COPY(Case{0, 0, 0, 1, 4, ""}, Case{1, 0, 0, 1, 4, ""}, Case{1, 0, 2, 1, 2, ""}, Case{1, 0, 9, 1, 1, ""},
                    Case{2, chat.epoch, 3, 1, 4, ""}, Case{2, chat.epoch, 2, 1, 3, ""}, Case{2, chat.epoch, 0, 1, 1, ""},
                    Case{2, chat.epoch, 4, 0, 1, "ahead"}, Case{2, chat.epoch, kSafeIntegerMax, 0, 1, "ahead"},
                    Case{2, chat.epoch + 1, 3, 0, 1, "epoch_changed"}, Case{2, 0, 0, 0, 1, "epoch_changed"});
  CAPTURE(test.kind, test.epoch, test.seq);
  Client bob = cluster.greeted("bob");
  bob.send(frame({FrameType::join, 1, test.kind, test.epoch, test.seq}, "\"chat\",{}"));
  const std::string reason = *test.reason ? ",\"reason\":\"" + std::string(test.reason) + "\"" : "";
  Frames expected{frame(
      {34, 1, chat.room, chat.epoch, 1, 3, test.recovered},
      R"({"roomId":"chat","name":"Support chat")" + reason + R"(,"clock":2,"members":[{"userId":"ann"},{"userId":"bob"}]})")};
  for (std::uint64_t seq = test.first; seq <= 3; ++seq)
    expected.push_back(frame({FrameType::event, chat.room, kMessage, seq, kStartUnixMs}, "\"ann\",0," + std::string(kHi)));
  CHECK(bob.take() == expected);
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(bob.only(), {FrameType::event, chat.room, kMessage, 4}));
}

TEST_CASE("the last events of an empty room are all there") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.send("[2,1,1,0,5,\"chat\",{}]");
  CHECK(ann.only().find(",1,0,1,{") != std::string::npos);  // base 1, head 0, recovered
}

TEST_CASE("LEAVE is answered by LEFT, and nothing comes after it") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.send(frame({FrameType::leave, 9, chat.room}));
  CHECK(ann.only() == frame({FrameType::left, 9, chat.room, 0}));
  bob.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take().empty());
  CHECK(bob.take().back() == event_frame(chat, 1, "bob"));
}

TEST_CASE("LEAVE without JOIN, and a second LEAVE, are not_joined") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  for (const std::uint64_t room : {std::uint64_t{0}, std::uint64_t{1}, kSafeIntegerMax}) {
    ann.send(frame({FrameType::leave, 9, room}));
    CHECK(ann.only() == refused(9, ErrorCode::not_joined));
  }
  const Joined chat = ann.join("chat");
  ann.send(frame({FrameType::leave, 1, chat.room}) + "\n" + frame({FrameType::leave, 2, chat.room}));
  Frames frames = ann.take();
  std::sort(frames.begin(), frames.end());
  CHECK(frames == Frames{frame({FrameType::left, 1, chat.room, 0}), refused(2, ErrorCode::not_joined)});
}

TEST_CASE("a room can be joined again after LEAVE, also in the same message") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.send(frame({FrameType::leave, 1, chat.room}) + "\n[2,2,0,0,0,\"chat\",{}]");
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == frame({FrameType::left, 1, chat.room, 0}));
  CHECK(begins(frames[1], {FrameType::joined, 2, chat.room, chat.epoch}));
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take() == Frames{frame({FrameType::ack, chat.room, 1, chat.epoch, 1, kStartUnixMs, 0}), event_frame(chat, 1, "ann")});
}

TEST_CASE("a room deleted under its members notifies each of them, and is removed") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  RoomDefinition made = cluster.config().definitions.rooms[0];
  made.id = "party";
  cluster.post(CreateRoom{made});
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("party");
  bob.join("party");
  ann.take();
  ErrorCode code = ErrorCode::internal;
  cluster.ask(DeleteRoom{"party"}, [&](ErrorCode result) { code = result; });
  CHECK(code == ErrorCode::ok);
  CHECK(ann.only() == frame({FrameType::left, 0, chat.room, number(ErrorCode::room_deleted)}));
  CHECK(bob.only() == frame({FrameType::left, 0, chat.room, number(ErrorCode::room_deleted)}));
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.only() ==
        frame({FrameType::nack, chat.room, 1, number(ErrorCode::not_joined), 0}, R"({"message":"The room is not joined."})"));
  ann.ask_join(2, "party");
  CHECK(ann.only() == refused(2, ErrorCode::room_unknown, "party"));
  cluster.ask(
      DeleteRoom{"party"}, [&](ErrorCode result) { code = result; }, 0);
  CHECK(code == ErrorCode::room_unknown);
  CHECK(ann.close_code() == 0);
}

TEST_CASE("a broken connection leaves its rooms immediately") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  ann.join("small");
  bob.join("small");
  bob.vanish();
  CHECK(cluster.greeted("cleo").join("small").object.find(R"("members":[{"userId":"ann"},{"userId":"cleo"}])") !=
        std::string::npos);
}

TEST_CASE("the application can take a user out of one room or of all") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client first = cluster.greeted("ann"), second = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = first.join("chat"), small = first.join("small");
  second.join("chat");
  bob.join("chat");
  first.take();
  std::size_t count = 0;
  const auto done = [&count](std::size_t ended) { count = ended; };
  cluster.ask(LeaveRoom{"ann", "chat"}, done);
  CHECK(count == 2);
  CHECK(first.only() == frame({FrameType::left, 0, chat.room, number(ErrorCode::forbidden)}));
  CHECK(second.only() == frame({FrameType::left, 0, chat.room, number(ErrorCode::forbidden)}));
  cluster.ask(LeaveRoom{"ann", ""}, done);
  CHECK(count == 1);
  CHECK(first.only() == frame({FrameType::left, 0, small.room, number(ErrorCode::forbidden)}));
  CHECK(bob.take().empty());
}

TEST_CASE("F-P13 a user who is taken out of a room does not enter it by a JOIN that waits for an answer") {
  std::function<void(HookVerdict)> answer;
  auto config = test_config();
  const bool waits_for_application = GENERATE(true, false);
  if (waits_for_application)
    config->hooks.ask_join = [&answer](HookQuestion&&, std::function<void(HookVerdict)> done) { answer = std::move(done); };
  Cluster cluster(3, std::move(config));
  const std::uint32_t home = shard_of("chat", 3);
  Client ann = cluster.greeted("ann");
  if (ann.shard() == home) ann = cluster.greeted("ann");
  const auto remove = [&cluster](std::string_view user, std::string_view room) {
    std::size_t count = 0;
    cluster.ask(LeaveRoom{std::string(user), std::string(room)}, [&count](std::size_t ended) { count = ended; });
    return count;
  };
  if (!waits_for_application) cluster.hold_mail(home, true);
  ann.ask_join(1, "chat");
  const std::string_view room = GENERATE("chat", "");
  if (waits_for_application)
    CHECK(remove("ann", room) == 1);
  else
    cluster.post(LeaveRoom{"ann", std::string(room)}, ann.shard());
  CHECK(ann.only() == refused(1, ErrorCode::forbidden, "the application has removed you"));
  if (answer) answer(HookVerdict::allow());
  cluster.hold_mail(home, false);
  cluster.settle();
  CHECK(ann.take().empty());
  CHECK(remove("ann", "") == 0);
  std::size_t members = 1;
  cluster.ask(RoomsQuery{}, [&members](const std::vector<RoomInfo>& rooms) {
    for (const RoomInfo& each : rooms)
      if (each.id == "chat") members = each.size;
  });
  CHECK(members == 0);
}

TEST_CASE("F-P13 both the application's join and the client's JOIN behind it end, and the hook's other commands go on") {
  auto config = test_config();
  config->hooks.on_connect = [](HookClient& client) {
    client.join("chat");
    static_cast<void>(client.send("chat", "message", kHi));
    client.join("picky");
    return HookDecision::allow();
  };
  Cluster cluster(3, std::move(config));
  const std::uint32_t home = shard_of("chat", 3);
  cluster.hold_mail(home, true);
  std::string user = "ann";
  while (shard_of(user, 3) == home) user += 'n';
  Client ann = cluster.connect();
  while (ann.shard() == home) ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"identity":{"userId":")" + user + "\"}}]");
  ann.ask_join(7, "chat");
  CHECK(begins(ann.only(), {FrameType::welcome}));
  cluster.post(LeaveRoom{user, "chat"}, ann.shard());
  cluster.hold_mail(home, false);
  cluster.settle();
  Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == refused(7, ErrorCode::forbidden, "the application has removed you"));
  CHECK(frames[1].find(R"("roomId":"picky")") != std::string::npos);
}

}  // namespace dialogue::testing
