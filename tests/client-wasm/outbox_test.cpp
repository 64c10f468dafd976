// Publications: numbers, answers, retries, and what becomes of them when things are lost. Both machines driven against each
// other.
#include <algorithm>

#include "tests/client-wasm/outbox_kit.hpp"

namespace dialogue::client::testing {

TEST_CASE("a publication is numbered, answered with its position, and received as an event") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  const Result first = ann.result(ann.publish(chat, "message", R"({"text":"hi"})"));
  CHECK(first.code == ErrorCode::ok);
  CHECK(first.sequence == 1);
  CHECK(first.epoch == ann.core.position(chat).epoch);
  CHECK(ann.result(ann.publish(chat, "note", "2")).sequence == 2);
  CHECK(ann.delivered == std::vector<std::string>{R"({"text":"hi"})", "2"});
  CHECK(ann.core.pending() == 0);
}

TEST_CASE("at most kPublishInFlightMax publications are unanswered in a room, the others wait in order") {
  ScriptedOutbox it;
  for (int i = 0; i < 2 * static_cast<int>(kPublishInFlightMax); ++i) it.publish("1");
  CHECK(publications(it.ann) == kPublishInFlightMax);
  it.ack(1, 1);
  CHECK(publications(it.ann) == kPublishInFlightMax + 1);
  CHECK(it.ann.sent.back() == "[4,7,1," + std::to_string(kPublishInFlightMax + 1) + ",0,1]");
  CHECK(it.ann.core.pending() == 2 * kPublishInFlightMax - 1);
}

TEST_CASE("the outbox is bounded, and reports that it is full") {
  ScriptedOutbox it;
  for (std::size_t i = 0; i < kPendingMax; ++i) it.publish("1");
  CHECK(it.ann.result(it.publish("1")).code == ErrorCode::outbox_full);
  for (std::size_t i = 0; i < kQuestionsMax; ++i) CHECK_FALSE(it.ann.result(it.ann.list()).settled);
  CHECK(it.ann.result(it.ann.list()).code == ErrorCode::outbox_full);
  for (std::size_t i = 0; i < kQuestionsMax + 1; ++i) it.ack(i + 1, i + 1);
  CHECK_FALSE(it.ann.result(it.publish("1")).settled);
}

TEST_CASE("R-25 an unanswered publication is sent again with the same number, and is once in the log") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.add("bob").join("chat");  // keeps the room
  world.mute(true);
  const Ticket ticket = ann.publish(chat, "message", "1");
  CHECK_FALSE(ann.result(ticket).settled);
  world.mute(false);
  world.cut(ann);
  world.pass(10'000);
  CHECK(ann.result(ticket).code == ErrorCode::ok);
  CHECK(ann.result(ticket).duplicate);
  CHECK(ann.result(ticket).sequence == 1);
  CHECK(ann.result(ann.publish(chat, "message", "2")).sequence == 2);
}

TEST_CASE("a new log makes sent publications unknown and sends the others with new numbers") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  const Ticket sent = ann.publish(chat, "message", "1");
  world.deafen(false);
  world.refuse_sockets(true);
  world.restart_server();
  const Ticket unsent = ann.publish(chat, "message", "2");
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.result(sent).code == ErrorCode::outcome_unknown);
  CHECK(ann.result(unsent).code == ErrorCode::ok);
  CHECK(ann.result(unsent).sequence == 1);
  CHECK(ann.delivered == std::vector<std::string>{"2"});
}

TEST_CASE("leaving a room and joining it again continues with the numbers that the server knows") {
  World world;
  Peer& ann = world.add("ann");
  world.add("bob").join("chat");
  const RoomHandle chat = ann.join("chat");
  ann.publish(chat, "message", "1");
  ann.leave(chat);
  ann.join("chat");
  const Result second = ann.result(ann.publish(chat, "message", "2"));
  CHECK(second.sequence == 2);
  CHECK_FALSE(second.duplicate);
}

TEST_CASE("a final refusal rejects one publication and consumes its number") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.add("bob").join("chat");
  const Ticket refused = ann.publish(chat, "no-such-event", "1");
  CHECK(ann.result(refused).code == ErrorCode::event_unknown);
  CHECK(ann.result(ann.publish(chat, "message", "2")).code == ErrorCode::ok);
}

TEST_CASE("a rate limit is waited for, and everything behind it is sent again in order") {
  ScriptedOutbox it;
  const std::vector<Ticket> tickets = {it.publish("1"), it.publish("2"), it.publish("3")};
  it.ack(1, 1);
  it.ann.sent.clear();
  it.nack(2, ErrorCode::rate_limited, 700);
  it.nack(3, ErrorCode::producer_hole);
  const Ticket later = it.publish("4");
  it.world.pass(699);
  CHECK(it.ann.sent.empty());
  it.world.pass(1);
  CHECK(it.ann.sent == std::vector<std::string>{"[4,7,1,2,0,2]", "[4,7,1,3,0,3]", "[4,7,1,4,0,4]"});
  it.ack(2, 2);
  it.ack(3, 3);
  it.ack(4, 4);
  for (const Ticket ticket : tickets) CHECK(it.ann.result(ticket).code == ErrorCode::ok);
  CHECK(it.ann.result(later).code == ErrorCode::ok);
}

TEST_CASE("F-J3 a hole is sent again after a moment, not in each round trip, until its lower number is answered") {
  ScriptedOutbox it;
  const Ticket first = it.publish("1"), second = it.publish("2");
  it.ann.sent.clear();
  for (int i = 1; i <= 3; ++i) {
    it.nack(2, ErrorCode::producer_hole);
    CHECK(it.ann.sent.empty());
    it.world.pass(kResendDelayMinMs);
    CHECK(std::exchange(it.ann.sent, {}) == std::vector<std::string>{"[4,7,1,2,0,2]"});
  }
  it.ack(1, 1);
  it.ack(2, 2);
  CHECK(it.ann.result(first).code == ErrorCode::ok);
  CHECK(it.ann.result(second).code == ErrorCode::ok);
}

TEST_CASE("R-27 a refusal with an unbounded wait is obeyed for ten minutes") {
  ScriptedOutbox it;
  const Ticket ticket = it.publish("1");
  it.world.mute(false);
  it.nack(1, ErrorCode::rate_limited, kSafeIntegerMax);
  it.world.deafen(false);
  it.ann.sent.clear();
  it.world.pass(kRetryAfterMaxMs + 1'000);
  CHECK(publications(it.ann) >= 1);
  CHECK(it.ann.core.state() == State::connected);
  static_cast<void>(ticket);
}

TEST_CASE("a retryable refusal reveals nothing about earlier attempts: their outcome stays unknown") {
  ScriptedOutbox it;
  const Ticket ticket = it.publish("1");
  it.world.cut(it.ann);
  it.world.pass(1'000);
  it.world.say(it.ann, R"([33,1,0,1,25000,1,1,{"session":"s","userId":"ann","name":"ann","limits":{}}])");
  const std::string& join = it.ann.sent.back();
  it.world.say(it.ann, "[34," + join.substr(3, join.find(',', 3) - 3) + ",7,99,1,0,1,{\"roomId\":\"chat\"}]");
  REQUIRE(it.ann.sent.back() == R"([4,7,1,1,{"first":0,"resent":2},1])");
  it.nack(1, ErrorCode::store_full);
  CHECK_FALSE(it.ann.result(ticket).settled);
  it.world.say(it.ann, "[35,0,7,66]");
  CHECK(it.ann.result(ticket).code == ErrorCode::outcome_unknown);
}

TEST_CASE("F-K05 a repeated publication is marked as such, and its outcome is unknown if the server has forgotten it") {
  ScriptedOutbox it;
  it.publish("1");
  it.ack(1, 1);
  const Ticket lost = it.publish("2");
  it.world.cut(it.ann);
  it.world.pass(1'000);
  it.world.say(it.ann, R"([33,1,0,1,25000,1,1,{"session":"s","userId":"ann","name":"ann","limits":{}}])");
  const Ticket waiting = it.publish("3");
  const std::string join = it.ann.sent.back();
  it.ann.sent.clear();
  it.world.say(it.ann, "[34," + join.substr(3, join.find(',', 3) - 3) + ",7,99,1,1,1,{\"roomId\":\"chat\"}]");
  CHECK(it.ann.sent == std::vector<std::string>{R"([4,7,1,2,{"first":0,"resent":2},2])", "[4,7,1,3,0,3]"});
  it.ann.sent.clear();
  it.nack(2, ErrorCode::producer_unknown);
  CHECK(it.ann.result(lost).code == ErrorCode::outcome_unknown);
  it.nack(3, ErrorCode::producer_hole);
  CHECK(it.ann.sent == std::vector<std::string>{R"([4,7,1,3,{"first":1,"resent":0},3])"});  // by the same connection and producer
  it.ack(3, 2);
  CHECK(it.ann.result(waiting).code == ErrorCode::ok);
  CHECK(it.ann.core.state() == State::connected);
}

TEST_CASE("F-K23 a page that was silent for longer than it is remembered publishes on as if nothing were") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  for (const char* json : {"1", "2", "3"}) REQUIRE(ann.result(ann.publish(chat, "message", json)).code == ErrorCode::ok);
  const std::size_t opens = ann.opens;
  world.pass(2 * 3'600'000);
  const Ticket next = ann.publish(chat, "message", "4"), after = ann.publish(chat, "message", "5");
  CHECK(ann.result(next).sequence == 4);
  CHECK(ann.result(after).sequence == 5);
  CHECK(ann.delivered == std::vector<std::string>{"1", "2", "3", "4", "5"});
  CHECK(ann.opens == opens);
}

TEST_CASE(
    "F-K05 a page that slept too long with an unanswered publication is told that nobody knows, and the event is not doubled") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle chat = ann.join("chat");
  bob.join("chat");
  const std::size_t before = GENERATE(0u, 3u);
  for (std::size_t i = 0; i < before; ++i) ann.publish(chat, "message", "0");
  world.mute(true);
  const Ticket lost = ann.publish(chat, "message", "1");
  world.refuse_sockets(true);
  world.cut(ann);
  world.mute(false);
  world.pass(3'600'000);
  const Ticket next = ann.publish(chat, "message", "2");
  world.refuse_sockets(false);
  world.pass(60'000);
  CHECK(ann.result(lost).code == ErrorCode::outcome_unknown);
  CHECK(ann.result(next).code == ErrorCode::ok);
  CHECK(ann.result(next).sequence == before + 2);
  CHECK(std::count(bob.delivered.begin(), bob.delivered.end(), "1") +
            std::count(ann.delivered.begin(), ann.delivered.end(), "1") <=
        2);
}

TEST_CASE("a server that has lost track of our numbers is met as a new producer") {
  ScriptedOutbox it;
  const ErrorCode code = GENERATE(ErrorCode::producer_unknown, ErrorCode::producer_hole);
  const Ticket lost = it.publish("1");
  const Ticket other = it.publish("2");
  it.nack(1, code);
  CHECK(it.ann.result(other).code == ErrorCode::outcome_unknown);
  if (code == ErrorCode::producer_unknown) CHECK(it.ann.result(lost).code == ErrorCode::producer_unknown);
  it.world.deafen(false);
  it.world.pass(30'000);
  CHECK(it.ann.core.state() == State::connected);
  CHECK(it.ann.result(it.publish("3")).code == ErrorCode::ok);
  if (code == ErrorCode::producer_hole) CHECK(it.ann.result(lost).sequence == 1);  // it was never taken, so it could be sent
  bool is_new_producer = false;
  for (const std::string& frame : it.ann.sent) is_new_producer |= frame.find("\"ann-1\"") != std::string::npos;
  CHECK(is_new_producer);
}

TEST_CASE("volatile publications have no number and are never sent twice") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle chat = ann.join("chat");
  bob.join("chat");
  CHECK(ann.result(ann.publish(chat, "typing", "1")).code == ErrorCode::ok);
  CHECK(bob.delivered.size() == 1);
  world.mute(true);
  const Ticket lost = ann.publish(chat, "typing", "2");
  world.mute(false);
  world.cut(ann);
  CHECK(ann.result(lost).code == ErrorCode::connection_lost);
  // F-C06: what comes while nothing gets through is refused at once, and keeps nothing else out.
  for (std::size_t i = 0; i < kPendingMax; ++i)
    CHECK(ann.result(ann.publish(chat, "typing", "3")).code == ErrorCode::connection_lost);
  const Ticket kept = ann.publish(chat, "message", "4");
  CHECK_FALSE(ann.result(kept).settled);
  world.pass(10'000);
  CHECK(ann.result(kept).code == ErrorCode::ok);
  CHECK(ann.result(ann.publish(chat, "typing", "5")).code == ErrorCode::ok);
  CHECK(bob.delivered == std::vector<std::string>{"1", "4", "5"});  // what was sent while nothing came through is gone
}

TEST_CASE("F-J19 a volatile publication that waits behind others is lost with the connection, too") {
  ScriptedOutbox it;
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) it.publish("1");
  const Ticket waits = it.ann.publish(it.room, "typing", "2");
  CHECK_FALSE(it.ann.result(waits).settled);
  it.world.cut(it.ann);
  CHECK(it.ann.result(waits).code == ErrorCode::connection_lost);
}

TEST_CASE("requests to the room that were made meanwhile are not overtaken") {
  ScriptedOutbox it;
  it.world.refuse_sockets(true);
  it.world.cut(it.ann);
  it.publish("2");
  it.ann.subscribe(it.room, FrameType::subscribe, "");
  it.ann.publish(it.room, "message", "1", Priority::high);
  it.world.refuse_sockets(false);
  it.world.deafen(false);
  it.ann.sent.clear();
  it.world.pass(30'000);
  std::vector<std::string> kinds;
  for (const std::string& frame : it.ann.sent)
    if (frame[1] == '4' || frame[1] == '5') kinds.push_back(frame.substr(0, 2) + frame[frame.size() - 2]);
  CHECK(kinds == std::vector<std::string>{"[42", "[50", "[41"});
}

}  // namespace dialogue::client::testing
