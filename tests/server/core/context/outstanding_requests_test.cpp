// Requests to a shard that does not answer: each ends with one error in time, and an answer that comes late does nothing.
#include "server/core/context/outstanding_requests.hpp"

#include <catch2/catch.hpp>

#include "server/core/session/publish_intake.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr std::uint32_t kOther = 1;  ///< the shard that does not answer

/// A room whose owner shard is the other one.
std::string far_room() {
  std::string room = "game-1";
  while (shard_of(room, 2) != kOther) ++room.back();
  return room;
}

/// A client of shard 0, which has two shards beside it.
Client client_here(Cluster& cluster) {
  Client ann = cluster.greeted("ann");
  while (ann.shard() == kOther) ann = cluster.greeted("ann");
  return ann;
}

/// What came other than PING and PRESENCE.
Frames answers_of(Client& client) {
  Frames frames;
  for (std::string& text : client.take())
    if (!text.starts_with("[44,") && !text.starts_with("[43,")) frames.push_back(std::move(text));
  return frames;
}

/// Lets the time of all requests pass while the other shard hears nothing, and keeps the client alive.
void wait_in_vain(Cluster& cluster, Client& client) {
  constexpr std::uint64_t kSteps = 4;
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    cluster.advance(kRequestTimeoutMs / kSteps);
    if (client.close_code() == 0) client.send("[11]");
  }
}

/// The other shard hears and answers everything.
void answer_late(Cluster& cluster) {
  cluster.hold_mail(kOther, false);
  cluster.settle();
}

std::size_t size_of(Cluster& cluster, const std::string& room) {
  std::size_t size = 77;
  cluster.ask(HistoryQuery{.room_id = room}, [&size](const HistoryQuery::Result& found) { size = found.room.size; });
  return size;
}

}  // namespace

TEST_CASE("a request ends once: by its answer or by its deadline") {
  OutstandingRequests requests;
  std::vector<std::uint64_t> expired;
  const auto note = [&expired](const RequestKey& key) { expired.push_back(key.number); };
  for (std::uint64_t number = 1; number <= 4; ++number) requests.begin({RequestKind::history, 5, number}, 1000 * number);
  CHECK(requests.answered({RequestKind::history, 5, 2}));
  CHECK_FALSE(requests.answered({RequestKind::history, 5, 2}));
  CHECK_FALSE(requests.answered({RequestKind::permission, 5, 1}));
  CHECK(requests.tick(1000 + kRequestTimeoutMs - 1, note) == 1000 + kRequestTimeoutMs);
  CHECK(expired.empty());
  CHECK(requests.tick(3000 + kRequestTimeoutMs, note) == 4000 + kRequestTimeoutMs);
  CHECK(expired == std::vector<std::uint64_t>{1, 3});
  CHECK_FALSE(requests.answered({RequestKind::history, 5, 3}));
  CHECK(requests.answered({RequestKind::history, 5, 4}));
  CHECK(requests.tick(kSafeIntegerMax, note) == kNever);
  CHECK(requests.size() == 0);
}

TEST_CASE("equal requests are answered one by one") {
  OutstandingRequests requests;
  std::size_t expired = 0;
  for (std::uint64_t time = 1; time <= 3; ++time) requests.begin({RequestKind::history, 5, 9}, time);
  CHECK(requests.answered({RequestKind::history, 5, 9}));
  CHECK(requests.tick(2 + kRequestTimeoutMs, [&expired](const RequestKey&) { ++expired; }) == 3 + kRequestTimeoutMs);
  CHECK(expired == 1);
  CHECK(requests.size() == 1);
}

TEST_CASE("a JOIN without an answer of the owner shard is refused, and a place that is granted late is released") {
  Cluster cluster(2);
  const std::string room = far_room();
  Client ann = client_here(cluster);
  cluster.hold_mail(kOther, true);
  ann.ask_join(5, room);
  wait_in_vain(cluster, ann);
  CHECK(answers_of(ann) == Frames{refused(5, ErrorCode::store_unavailable)});
  answer_late(cluster);
  CHECK(answers_of(ann).empty());
  CHECK(size_of(cluster, room) == 0);
  static_cast<void>(ann.join(room));
  CHECK(size_of(cluster, room) == 1);
}

TEST_CASE("a LEAVE without an answer ends the connection, which may reconnect") {
  Cluster cluster(2);
  const std::string room = far_room();
  Client ann = client_here(cluster);
  const Joined joined = ann.join(room);
  ann.take();
  cluster.hold_mail(kOther, true);
  ann.send(frame({FrameType::leave, 6, joined.room}));
  wait_in_vain(cluster, ann);
  CHECK(answers_of(ann) == Frames{bye(ErrorCode::store_unavailable)});
  CHECK(ann.close_code() == 1011);
  answer_late(cluster);
  CHECK(size_of(cluster, room) == 0);
}

TEST_CASE("a HISTORY without an answer is refused, and a late page does not come") {
  Cluster cluster(2);
  Client ann = client_here(cluster);
  const Joined joined = ann.join(far_room());
  ann.take();
  cluster.hold_mail(kOther, true);
  ann.send(frame({FrameType::history, 8, joined.room, 1, 10, 1}));
  wait_in_vain(cluster, ann);
  CHECK(answers_of(ann) == Frames{refused(8, ErrorCode::store_unavailable)});
  answer_late(cluster);
  CHECK(answers_of(ann).empty());
  ann.send(frame({FrameType::history, 9, joined.room, 1, 10, 1}));
  CHECK(begins(ann.only(), {FrameType::reply, 9, 0}));
}

TEST_CASE("a CAN without an answer is refused, and a late one does not come") {
  Cluster cluster(2);
  Client ann = client_here(cluster);
  cluster.hold_mail(kOther, true);
  ann.send(frame({FrameType::can, 8}, R"({"right":"join","room":")" + far_room() + "\"}"));
  wait_in_vain(cluster, ann);
  const Frames answers = answers_of(ann);
  REQUIRE(answers.size() == 1);
  CHECK(begins(answers[0], {FrameType::reply, 8, number(ErrorCode::store_unavailable)}));
  answer_late(cluster);
  CHECK(answers_of(ann).empty());
}

TEST_CASE("a LIST of which one shard's part is missing is refused, and the next one is whole") {
  Cluster cluster(2);
  Client ann = client_here(cluster);
  cluster.hold_mail(kOther, true);
  ann.send("[8,5]");
  wait_in_vain(cluster, ann);
  const Frames answers = answers_of(ann);
  REQUIRE(answers.size() == 1);
  CHECK(begins(answers[0], {FrameType::reply, 5, number(ErrorCode::store_unavailable)}));
  answer_late(cluster);
  CHECK(answers_of(ann).empty());
  ann.send("[8,6]");
  CHECK(begins(ann.only(), {FrameType::reply, 6, 0}));
}

TEST_CASE("a query of all shards ends with store_unavailable once, when one does not answer") {
  Cluster cluster(2);
  Client ann = client_here(cluster);
  std::size_t answers = 0;
  cluster.hold_mail(kOther, true);
  cluster.ask(RoomsQuery{}, [&answers](const std::vector<RoomInfo>&) { ++answers; });
  cluster.ask(ConnectionsQuery{}, [&answers](const std::vector<ConnectionInfo>&) { ++answers; });
  cluster.ask(UsersQuery{}, [&answers](const std::vector<UserInfo>&) { ++answers; });
  cluster.ask(KickUser{"bob", "no"}, [&answers](std::size_t) { ++answers; });
  cluster.ask(LeaveRoom{"bob", ""}, [&answers](std::size_t) { ++answers; });
  cluster.ask(RevokeTokens{{"t", "", 0}}, [&answers](std::size_t) { ++answers; });
  ErrorCode sent = ErrorCode::ok;
  SendEvent event;
  event.user_id = "bob";
  event.event = "note";
  event.payload = "1";
  cluster.ask(std::move(event), [&sent](const SendEvent::Result& result) { sent = result.fault.code; });
  wait_in_vain(cluster, ann);
  CHECK(cluster.failed_call() == ErrorCode::store_unavailable);
  CHECK(sent == ErrorCode::store_unavailable);
  CHECK(cluster.calls().size() == 0);
  answer_late(cluster);
  CHECK(answers == 0);
}

TEST_CASE("publications that their room's owner shard does not answer end the connection, which sends them again") {
  Cluster cluster(2);
  const std::string room = far_room();
  Client ann = cluster.producer("ann");
  while (ann.shard() == kOther) ann = cluster.producer("ann");
  const Joined joined = ann.join(room);
  ann.publish(joined.room, kMove, 1, "1");
  cluster.advance(kRequestTimeoutMs / 2);
  ann.take();
  cluster.hold_mail(kOther, true);
  ann.publish(joined.room, kMove, 2, "2");
  cluster.advance(kRequestTimeoutMs / 2);
  CHECK(ann.close_code() == 0);  // it had an answer within the time
  wait_in_vain(cluster, ann);
  CHECK(answers_of(ann) == Frames{bye(ErrorCode::store_unavailable)});
  answer_late(cluster);
  CHECK(size_of(cluster, room) == 0);
  Client again = cluster.producer("ann");
  const Joined back = again.join(room);
  again.take();
  again.publish(back.room, kMove, 2, "2");
  CHECK(again.only().find("\"duplicate\"") == std::string::npos);
}

TEST_CASE("a page that a member waits for in vain ends the connection") {
  Cluster cluster(2);
  const std::string room = far_room();
  Client ann = client_here(cluster);
  const Joined joined = ann.join(room);
  Client bob = cluster.greeted("bob");
  while (bob.shard() != kOther) bob = cluster.greeted("bob");
  const Joined there = bob.join(room);
  cluster.hold_drains(true);
  ann.backlog(cluster.config().limits.lag_bytes_max, 0);
  bob.publish(there.room, kMove, 0, "1");
  ann.take();
  cluster.hold_mail(kOther, true);
  ann.backlog(0, 0);
  cluster.hold_drains(false);
  cluster.settle();
  REQUIRE(cluster.mail_to(kOther).size() == 1);
  CHECK(std::holds_alternative<ReadLog>(*cluster.mail_to(kOther)[0]));
  wait_in_vain(cluster, ann);
  CHECK(answers_of(ann) == Frames{bye(ErrorCode::store_unavailable)});
  answer_late(cluster);
  CHECK(answers_of(ann).empty());
  CHECK(joined.room == there.room);
}

}  // namespace dialogue::testing
