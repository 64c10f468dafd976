// How long a token for a room lasts: renewed, run out, revoked, judged while things change.
#include <deque>
#include <map>

#include "tests/server/core/connection/room_token_kit.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("When a room's token has expired RENEW requests another, and 25 s later the membership ends") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with("minute"));
  live(cluster, ann, 59'000);
  CHECK(heard(ann).empty());
  live(cluster, ann, 2'000);
  CHECK(heard(ann) == Frames{frame({FrameType::renew, chat.room})});
  live(cluster, ann, 22'000);
  ann.publish(chat.room, kMessage, 1, R"({"text":"still here"})");
  CHECK(begins(heard(ann).at(0), {FrameType::ack, chat.room, 1}));
  live(cluster, ann, 4'000);
  CHECK(heard(ann) == Frames{frame({FrameType::left, 0, chat.room, number(ErrorCode::token_expired)})});
  CHECK(ann.close_code() == 0);
  CHECK(ann.join("chat", with("minute")).room == chat.room);
}

TEST_CASE("A JOIN by a member replaces the token, and the membership continues") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with("minute"));
  live(cluster, ann, 61'000);
  CHECK(heard(ann) == Frames{frame({FrameType::renew, chat.room})});
  CHECK(renewed(ann, 7, "chat", "listen") == frame({FrameType::reply, 7, 0}, "{}"));
  live(cluster, ann, 60'000);
  CHECK(heard(ann).empty());
  ann.publish(chat.room, kMessage, 1, R"({"text":"hi"})");
  CHECK(begins(heard(ann).at(0), {FrameType::nack, chat.room, 1, number(ErrorCode::forbidden)}));
  CHECK(renewed(ann, 8, "chat", "elsewhere") ==
        refused(8, ErrorCode::forbidden, "join is not in what the token for this room grants for it"));
  ann.send(frame({FrameType::history, 5, chat.room, kSafeIntegerMax, 10, 0}));
  CHECK(begins(ann.only(), {FrameType::reply, 5, 0}));
  CHECK(asked(ann, 9, "chat", "all") == refused(9, ErrorCode::already_joined));
  ann.send(frame({FrameType::join, 10, 3, 0, 0}, R"("chat",{})"));
  CHECK(ann.only() == refused(10, ErrorCode::request_invalid, "JOIN: token is missing"));
  CHECK(renewed(ann, 11, "game-1", "all") == refused(11, ErrorCode::not_joined));
}

TEST_CASE("A token that has expired within the leeway of clocks is not requested repeatedly") {
  Cluster cluster(1);
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat", with("over"));
  live(cluster, ann, 24'000);
  CHECK(heard(ann).empty());
  live(cluster, ann, 2'000);
  CHECK(heard(ann) == Frames{frame({FrameType::left, 0, chat.room, number(ErrorCode::token_expired)})});
}

TEST_CASE("A revoked token ends its membership immediately, and no other") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  cluster.identify_by(at_once());
  Client ann = session(cluster, "ann-hour");
  const Joined chat = ann.join("chat", with("listen")), game = ann.join("game-1");
  std::size_t ended = 77;
  cluster.ask(RevokeTokens{{"listen-1", "", 0}}, [&ended](std::size_t count) { ended = count; });
  CHECK(ended == 0);
  CHECK(ann.only() == frame({FrameType::left, 0, chat.room, number(ErrorCode::token_revoked)}));
  ann.publish(game.room, kMove, 1, "{}");
  CHECK(begins(ann.take().at(0), {FrameType::ack, game.room, 1}));
}

TEST_CASE("A token for a room that was revoked while it was judged, or on the way to the room, opens nothing") {
  Cluster cluster(3);
  SlowAuthority slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann-hour");
  ann.ask_join(5, "chat", with("listen"));
  cluster.post(RevokeTokens{{"listen-1", "", 0}});
  slow.answer(cluster);
  CHECK(ann.only() == refused(5, ErrorCode::token_revoked));
  ann.ask_join(6, "chat", with("listen"));
  slow.answer(cluster);  // issued anew: what was revoked before is forgotten
  CHECK(begins(ann.only(), {FrameType::joined, 6}));
}

TEST_CASE("While a room's token is checked the session continues, and the room cannot be joined twice") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  SlowAuthority slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "chat", with("all"));
  CHECK(ann.take().empty());
  ann.ask_join(6, "chat", with("all"));
  CHECK(ann.only() == refused(6, ErrorCode::already_joined));
  CHECK(ann.join("game-1").room > 0);
  slow.answer(cluster);
  CHECK(begins(ann.only(), {FrameType::joined, 5}));
}

TEST_CASE("A membership that ended while its new token was judged is not begun again") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  SlowAuthority slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  const Joined chat = ann.join("chat");
  ann.send(frame({FrameType::join, 5, 3, 0, 0}, R"("chat",)" + with("all")));
  ann.send(frame({FrameType::leave, 6, chat.room}));
  CHECK(ann.take() == Frames{refused(5, ErrorCode::not_joined), frame({FrameType::left, 6, chat.room, 0})});
  slow.answer(cluster);
  CHECK(ann.take().empty());
}

TEST_CASE("A connection that ends while a room's token is judged is not missed by the answer") {
  Cluster cluster(1);
  SlowAuthority slow;
  cluster.identify_by(slow.source());
  Client ann = session(cluster, "ann");
  ann.ask_join(5, "chat", with("all"));
  ann.lose();
  slow.answer(cluster);
  CHECK(cluster.connection_count() == 0);
}

}  // namespace dialogue::testing
