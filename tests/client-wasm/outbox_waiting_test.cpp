// Publications that wait in the outbox: for a connection, for a join, behind others.
#include <algorithm>

#include "tests/client-wasm/outbox_kit.hpp"

namespace dialogue::client::testing {

TEST_CASE("triggers wait through a reconnection, in order, and settle once") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  std::vector<Ticket> tickets;
  for (int i = 1; i <= 50; ++i) tickets.push_back(ann.publish(chat, "message", std::to_string(i)));
  CHECK(ann.core.pending() == 50);
  world.refuse_sockets(false);
  world.pass(30'000);
  for (std::size_t i = 0; i < tickets.size(); ++i) CHECK(ann.result(tickets[i]).sequence == i + 1);
  CHECK(ann.delivered.size() == 50);
}

TEST_CASE("F-C10 requests do not wait behind a publication that the server has put off") {
  ScriptedOutbox it;
  it.publish("1");
  it.nack(1, ErrorCode::rate_limited, 60'000);
  it.publish("2");
  it.ann.sent.clear();
  it.ann.history(it.room, 1, 10);
  it.ann.subscribe(it.room, FrameType::subscribe, "note");
  REQUIRE(it.ann.sent.size() == 2);
  CHECK(it.ann.sent[0].starts_with("[7,"));
  CHECK(it.ann.sent[1].starts_with("[5,"));
}

TEST_CASE("F-C12 a subscription that waits keeps its event when the catalogue changes under it") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.cut(ann);
  const Ticket waiting = ann.subscribe(chat, FrameType::subscribe, "message");
  ann.core.renumber(waiting, 77);
  ann.sent.clear();
  world.pass(10'000);
  CHECK(std::any_of(ann.sent.begin(), ann.sent.end(),
                    [](const std::string& frame) { return frame.starts_with("[5,") && frame.ends_with(",77]"); }));
}

TEST_CASE("F-J4 where a number was not stored, another producer continues once what was sent is answered") {
  ScriptedOutbox it;
  const auto said = [&](std::string_view text) {
    return std::any_of(it.ann.sent.begin(), it.ann.sent.end(),
                       [&](const std::string& frame) { return frame.find(text) != std::string::npos; });
  };
  const Ticket sent = it.publish("1");
  const Ticket unsent = it.publish("2");
  it.ann.unwritten(unsent);
  const Ticket later = it.publish("3");
  CHECK(publications(it.ann) == 2);
  CHECK_FALSE(said("\"ann-1\""));
  it.world.deafen(false);
  it.ack(1, 1);
  CHECK(it.ann.result(sent).code == ErrorCode::ok);
  it.world.pass(10'000);
  CHECK(said("\"ann-1\""));
  CHECK(it.ann.result(unsent).code == ErrorCode::ok);
  CHECK(it.ann.result(unsent).sequence + 1 == it.ann.result(later).sequence);
}

TEST_CASE("F-J4 a producer does not wait for the end of what no answer will come for") {
  ScriptedOutbox it;
  const Ticket inherited = it.ann.restore(it.ann.handle("other"), "message", "0", 5);  // of a room that is not joined
  const Ticket unsent = it.publish("1");
  it.ann.unwritten(unsent);
  CHECK(it.ann.result(inherited).code == ErrorCode::outcome_unknown);
  it.world.deafen(false);
  it.world.pass(10'000);
  CHECK(it.ann.result(unsent).code == ErrorCode::ok);
}

TEST_CASE("F-J4 a producer that is to end sends again what was in flight when the connection was lost") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  const Ticket sent = ann.publish(chat, "message", "1");
  const Ticket unsent = ann.publish(chat, "message", "2");
  ann.unwritten(unsent);
  world.cut(ann);
  world.deafen(false);
  world.pass(30'000);
  CHECK(ann.result(sent).code == ErrorCode::ok);
  CHECK(ann.result(unsent).code == ErrorCode::ok);
  CHECK(ann.result(unsent).sequence == ann.result(sent).sequence + 1);
}

TEST_CASE("F-J4 a frame that was held back is not in doubt, though the connection was lost meanwhile") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.deafen(true);
  const Ticket unsent = ann.publish(chat, "message", "1");
  world.refuse_sockets(true);
  world.cut(ann);
  ann.unwritten(unsent);
  world.deafen(false);
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.result(unsent).code == ErrorCode::ok);
  CHECK(ann.result(unsent).sequence == 1);
}

TEST_CASE("an abort before sending takes the publication back, afterwards it changes nothing") {
  ScriptedOutbox it;
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) it.publish("1");
  const Ticket waiting = it.publish("2");
  it.ann.abort(waiting);
  CHECK(it.ann.result(waiting).code == ErrorCode::aborted);
  const Ticket first = waiting - static_cast<Ticket>(kPublishInFlightMax);
  it.ann.abort(first);
  CHECK_FALSE(it.ann.result(first).settled);
  it.ack(1, 1);
  CHECK(it.ann.result(first).code == ErrorCode::ok);
  CHECK(publications(it.ann) == kPublishInFlightMax);
}

TEST_CASE("F-C08 a publication before the first join waits for it, and is refused after a membership") {
  World world;
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  bob.join("chat");
  const RoomHandle chat = ann.handle("chat");
  const Ticket early = ann.publish(chat, "message", "1");
  CHECK_FALSE(ann.result(early).settled);
  ann.join("chat");
  CHECK(ann.result(early).code == ErrorCode::ok);
  CHECK(bob.delivered == std::vector<std::string>{"1"});
  CHECK(ann.result(ann.leave(chat)).code == ErrorCode::ok);
  CHECK(ann.result(ann.publish(chat, "message", "2")).code == ErrorCode::not_joined);
}

TEST_CASE("F-C08 a publication that waits for a permanently refused join is refused with it") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle nowhere = ann.handle("nowhere");
  const Ticket early = ann.publish(nowhere, "message", "1");
  ann.join("nowhere");
  CHECK(ann.join_result(nowhere).code == ErrorCode::room_unknown);
  CHECK(ann.result(early).code == ErrorCode::room_unknown);
}

TEST_CASE("waiting publications keep their event when the catalogue changes under them") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.refuse_sockets(true);
  world.cut(ann);
  const Ticket waiting = ann.publish(chat, "message", "1");
  Definitions changed = World::definitions();
  EventDefinition earlier = changed.events[0];
  earlier.name = "a-first-event";
  changed.events.insert(changed.events.begin(), earlier);
  changed.rooms[0].events.push_back("a-first-event");
  world.restart_server(std::move(changed));
  world.refuse_sockets(false);
  world.pass(30'000);
  CHECK(ann.result(waiting).code == ErrorCode::ok);
  bool was_renumbered = false;
  for (const std::string& frame : ann.sent)
    was_renumbered |= frame.rfind("[4,", 0) == 0 && frame.find(",2,1,0,1]") != std::string::npos;
  CHECK(was_renumbered);
}

TEST_CASE("unnumbered publications are sent by priority, and in order within one") {
  ScriptedOutbox it;
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) it.publish("0");
  for (const char* json : {"4", "5"}) it.ann.publish(it.room, "message", json, Priority::low);
  for (const char* json : {"2", "3"}) it.publish(json);
  it.ann.publish(it.room, "message", "1", Priority::high);
  it.ann.sent.clear();
  for (std::uint64_t number = 1; number <= 5; ++number) it.ack(number, number);
  std::string order;
  for (const std::string& frame : it.ann.sent) order += frame[frame.size() - 2];
  CHECK(order == "12345");
}

TEST_CASE("F-U-M6 another user has none of the events of the one before: sent, put off or waiting") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  const Ticket answered = ann.publish(chat, "message", "0");
  world.settle();
  world.deafen(true);
  const Ticket sent = ann.publish(chat, "message", "1");
  world.settle();
  world.refuse_sockets(true);
  world.cut(ann);
  const Ticket waiting = ann.publish(chat, "message", "2");
  ann.core.pause();
  world.settle();
  ann.core.change_user();
  world.settle();
  CHECK(ann.result(answered).code == ErrorCode::ok);
  CHECK(ann.result(sent).code == ErrorCode::outcome_unknown);
  CHECK_FALSE(ann.result(waiting).settled);
  ann.abort(waiting);
  CHECK(ann.result(waiting).code == ErrorCode::aborted);
  CHECK(ann.core.pending() == 0);

  world.deafen(false);
  world.refuse_sockets(false);
  ann.user = "bob";
  ann.delivered.clear();
  ann.core.start(world.now());
  const Ticket fresh = ann.publish(chat, "message", "3");
  world.pass(10'000);
  CHECK(ann.result(fresh).code == ErrorCode::ok);
  CHECK(ann.result(fresh).duplicate == false);
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.left.empty());
}

TEST_CASE("F-U-M6 a wait of the previous user does not bind the next one") {
  ScriptedOutbox it;
  const Ticket put_off = it.publish("1");
  it.nack(1, ErrorCode::rate_limited, 600'000);
  it.ann.core.pause();
  it.ann.core.change_user();
  it.world.settle();
  it.ann.abort(put_off);  // it has no number any more
  CHECK(it.ann.result(put_off).code == ErrorCode::aborted);
  it.world.deafen(false);
  it.ann.core.start(it.world.now());
  const Ticket fresh = it.publish("2");
  it.world.pass(30'000);
  CHECK(it.ann.result(fresh).settled);
}

}  // namespace dialogue::client::testing
