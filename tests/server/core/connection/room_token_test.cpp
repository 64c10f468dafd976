// A JOIN with a token of its own: what it takes away, when it ends, and that nothing makes it give.
#include <deque>
#include <map>

#include "tests/server/core/connection/room_token_kit.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("A room's token removes the rights that it does not grant, in that room alone") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann"), bob = session(cluster, "bob");
  const Joined other = bob.join("chat");
  bob.publish(other.room, kMessage, 1, R"({"text":"hi"})");
  const Joined chat = ann.join("chat", with("listen"));
  bob.take();
  CHECK(chat.object.find("members") == std::string::npos);
  CHECK(chat.object.find(R"("occupancy":2)") != std::string::npos);
  ann.publish(chat.room, kMessage, 1, R"({"text":"me too"})");
  const std::string nack = ann.only();
  CHECK(begins(nack, {FrameType::nack, chat.room, 1, number(ErrorCode::forbidden), 0}));
  CHECK(nack.find("publish of message is not in what the token for this room grants for it") != std::string::npos);
  ann.send(frame({FrameType::history, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(begins(ann.only(), {FrameType::reply, 5, 0}));
  const Joined game = ann.join("game-1");
  ann.publish(game.room, kMove, 1, "{}");
  CHECK(begins(ann.take().at(0), {FrameType::ack, game.room, 1}));
}

TEST_CASE("The right to one event, and the lack of history, are held by a room's token") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with("note"));
  ann.publish(chat.room, kNote, 1, "1");
  CHECK(begins(ann.take().at(0), {FrameType::ack, chat.room, 1}));
  ann.publish(chat.room, kMessage, 2, R"({"text":"hi"})");
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::forbidden)}));
  ann.send(frame({FrameType::history, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(ann.only() == refused(5, ErrorCode::forbidden, "history is not in what the token for this room grants for it"));
}

TEST_CASE("CAN is answered by the narrowing in force, and by the session if there is none") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(can(ann, "publish", R"(,"event":"message")") == kYes);
  const Joined chat = ann.join("chat", with("note"));
  CHECK(can(ann, "publish", R"(,"event":"message")") ==
        no("publish of message is not in what the token for this room grants for it"));
  CHECK(can(ann, "publish", R"(,"event":"note")") == kYes);
  CHECK(can(ann, "history") == no("history is not in what the token for this room grants for it"));
  ann.send(frame({FrameType::leave, 4, chat.room}));
  CHECK(ann.only() == frame({FrameType::left, 4, chat.room, 0}));
  CHECK(can(ann, "history") == kYes);
}

TEST_CASE("A room's token grants nothing: restrictions of the session's token or the definition remain") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann-but-chat");
  CHECK(asked(ann, 5, "chat", "all") == refused(5, ErrorCode::forbidden, "join is not in what the token grants for this room"));
  Client plain = session(cluster, "ann");
  CHECK(asked(plain, 5, "staff", "all") == refused(5, ErrorCode::forbidden, "join needs role:admin or user:root"));
  plain.join("chat", with("ann-may-manage"));
  CHECK(can(plain, "manage") == no("manage is granted to no user"));
}

TEST_CASE("A token of another room, user or time is refused, and the session continues") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const std::string other = "join is not in what the token for this room grants for it";
  CHECK(asked(ann, 1, "chat", "elsewhere") == refused(1, ErrorCode::forbidden, other));
  CHECK(asked(ann, 2, "chat", "no-join") == refused(2, ErrorCode::forbidden, other));
  CHECK(asked(ann, 3, "chat", "no-rooms") ==
        refused(3, ErrorCode::forbidden, "join needs a claim rooms in the token for this room"));
  CHECK(asked(ann, 4, "chat", "bobs") == refused(4, ErrorCode::token_invalid, "it is another user's"));
  CHECK(asked(ann, 5, "chat", "forged") == refused(5, ErrorCode::token_invalid, "it is none of ours"));
  CHECK(asked(ann, 6, "chat", "") == refused(6, ErrorCode::identity_unavailable));
  CHECK(begins(asked(ann, 7, "chat", std::string(kTokenBytesMax + 1, 'a')),
               {FrameType::reply, 7, number(ErrorCode::request_invalid)}));
  ann.ask_join(8, "chat", R"({"token":7})");
  CHECK(begins(ann.only(), {FrameType::reply, 8, number(ErrorCode::request_invalid)}));
  ann.ask_join(9, "chat", R"({"token":"all","token":"all"})");
  CHECK(begins(ann.only(), {FrameType::reply, 9, number(ErrorCode::request_invalid)}));
  CHECK(ann.join("chat", with("all")).room > 0);
}

TEST_CASE("A server without keys refuses a room's token") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  CHECK(asked(ann, 5, "chat", "all") == refused(5, ErrorCode::unauthorized, "this server has no key to check a token with"));
  CHECK(ann.join("chat").room > 0);
}

TEST_CASE("An identity from an application without a token narrows nothing, so it cannot be a room's token") {
  Cluster cluster(1);
  cluster.identify_by([](const Credentials&, const PeerFacts&, std::uint64_t) -> AuthResult {
    Identity ann;
    ann.user_id = "ann";
    return ann;
  });
  Client ann = session(cluster, "x");
  CHECK(asked(ann, 5, "chat", "y") == refused(5, ErrorCode::token_invalid, "it says nothing of rooms"));
}

TEST_CASE("A room with the grant token admits members by a token for it alone") {
  Cluster cluster(GENERATE(1u, 3u, 5u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "locked");
  CHECK(ann.only() == refused(5, ErrorCode::forbidden, "join needs token"));
  CHECK(ann.join("locked", with("locked")).room > 0);
  ann.send(R"([12,9,{"right":"manage","room":"locked"}])");
  CHECK(ann.only() == no("manage is not in what the token for this room grants for it"));
}

TEST_CASE("F-N09 the grant token is met by a token that names this very room, not by a pattern or the session's own") {
  Cluster cluster(GENERATE(1u, 3u, 5u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(asked(ann, 5, "locked", "all") == refused(5, ErrorCode::forbidden, "join needs token"));
  CHECK(ann.join("locked", with("locked")).room > 0);
  const std::string own = "it is the session's own token, not one for this room";
  for (const std::string token : {"locked", "all"}) {
    Client bearer = session(cluster, token);
    CHECK(asked(bearer, 6, token == "all" ? "chat" : "locked", token) == refused(6, ErrorCode::token_invalid, own));
  }
}

TEST_CASE("A renewal by a token that may not be in the room is refused, and the membership continues") {
  Cluster cluster(GENERATE(1u, 3u, 5u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined locked = ann.join("locked", with("locked"));
  CHECK(renewed(ann, 6, "locked", "all") == refused(6, ErrorCode::forbidden, "join needs token"));
  ann.send(frame({FrameType::leave, 7, locked.room}));
  CHECK(ann.only() == frame({FrameType::left, 7, locked.room, number(ErrorCode::ok)}));
}

TEST_CASE("A refresh of the session's token leaves a room's narrowing as it is") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with("note"));
  ann.send(R"([10,5,{"token":"ann-hour"}])");
  ann.take();
  CHECK(can(ann, "history") == no("history is not in what the token for this room grants for it"));
  ann.send(R"([10,6,{"token":"ann-but-chat"}])");
  const Frames frames = ann.take();
  CHECK(frames.back() == frame({FrameType::left, 0, chat.room, number(ErrorCode::forbidden)}));
}

TEST_CASE("A refresh that brings less ends memberships of rooms that are opened by tokens, too") {
  Cluster cluster(GENERATE(1u, 3u, 5u), locked_config());
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined locked = ann.join("locked", with("locked"));
  ann.send(R"([10,6,{"token":"ann-but-chat"}])");
  CHECK(ann.take().back() == frame({FrameType::left, 0, locked.room, number(ErrorCode::forbidden)}));
}

TEST_CASE("Resuming a session widens nothing: each JOIN has its own rights, and a locked room requires its token again") {
  Cluster cluster(GENERATE(1u, 3u, 5u), locked_config());
  cluster.identify_by(at_once());
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"token":"ann"}])");
  const std::string welcome = ann.take().at(0);
  const std::size_t at = welcome.find(R"("resume":")") + 10;
  const std::string secret = welcome.substr(at, welcome.find('"', at) - at);
  ann.join("locked", with("locked"));
  ann.join("chat", with("listen"));
  ann.lose();
  Client again = session(cluster, "ann", R"(,"resume":")" + secret + '"');
  again.ask_join(5, "locked");
  CHECK(again.only() == refused(5, ErrorCode::forbidden, "join needs token"));
  const Joined chat = again.join("chat", with("listen"));
  again.publish(chat.room, kMessage, 1, R"({"text":"hi"})");
  CHECK(begins(again.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::forbidden)}));
}

TEST_CASE("The application is asked about a join after its token was accepted, with the remaining rights") {
  auto config = test_config();
  std::vector<std::string> rooms;
  config->hooks.on_join = [&rooms](HookClient&, std::string_view room) {
    rooms.emplace_back(room);
    return HookDecision::allow();
  };
  Cluster cluster(1, std::move(config));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  CHECK(begins(asked(ann, 5, "chat", "bobs"), {FrameType::reply, 5}));
  CHECK(rooms.empty());
  ann.join("chat", with("all"));
  CHECK(rooms == std::vector<std::string>{"chat"});
}

}  // namespace dialogue::testing
