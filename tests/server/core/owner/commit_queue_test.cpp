// Publications on their way into a log: nobody hears of one before the store has it, and one that the store refused has used up
// nothing.
#include <algorithm>

#include "tests/server/core/owner/commit_queue_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

TEST_CASE("R-81 nothing is acknowledged or delivered before the store has it") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.take();
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take().empty());
  CHECK(bob.take().empty());
}

TEST_CASE("a joiner meanwhile sees the head that the store has confirmed, and gets the event when it is kept") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(bob.join("chat").head == 0);
  cluster.store().release();
  cluster.settle();
  CHECK(begins(bob.only(), {FrameType::event, chat.room, kMessage, 1}));
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::ack, chat.room, 1, chat.epoch, 1}));  // ACK comes before one's own event
  CHECK(begins(frames[1], {FrameType::event, chat.room, kMessage, 1}));
}

TEST_CASE("a turn's publications to durable rooms are one append at its end; logs in memory are written immediately") {
  const bool is_durable = GENERATE(true, false);
  const auto config = is_durable ? durable_config() : test_config();
  constexpr Time kNow{1000, kStartUnixMs};
  Shard shard(*config, 0, 1, 7);
  MemoryStore store(7);
  Actions actions;
  const auto tell = [&](ConnectionId from, std::string message) {
    shard.apply(MessageReceived{from, message}, kNow, actions);
    answer_within_turn(shard, store, kNow, actions);
  };
  const ConnectionId ann = shard.apply(ConnectionOpened{}, kNow, actions).opened;
  tell(ann, "[1,1,0,0,{}]\n[2,1,0,0,0,\"chat\",{}]");
  if (shard.owes_turn_end()) shard.apply(TurnEnded{}, kNow, actions);
  Frame joined;
  for (const Action& action : actions)
    if (const auto* sent = std::get_if<SendFrame>(&action)) REQUIRE(read_frame(*sent->text, joined) == ErrorCode::ok);
  REQUIRE(joined.type == FrameType::joined);
  actions.clear();

  for (int i = 0; i < 3; ++i) tell(ann, frame({FrameType::publish, joined.integers[1], kMessage, 0, 0}, kHi));
  CHECK(shard.owes_commit() == is_durable);
  CHECK(actions.size() == (is_durable ? 0 : 3));  // acknowledgements
  if (!is_durable) return;
  shard.apply(TurnEnded{}, kNow, actions);
  REQUIRE(actions.size() == 1);
  const auto* append = std::get_if<AppendLogs>(&*std::get<StoreRequest>(actions[0]).what);
  REQUIRE(append != nullptr);
  REQUIRE(append->writes.size() == 1);
  CHECK(append->writes[0].records.size() == 3);
  CHECK_FALSE(shard.owes_commit());  // one is under way
}

TEST_CASE("what comes while an append is under way makes the next one, together") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  for (std::uint64_t number = 1; number <= 20; ++number) ann.publish(chat.room, kMessage, number, kHi);
  cluster.store().release();
  cluster.settle();
  CHECK(cluster.store().append_sizes == std::vector<std::size_t>{1, 19});
  CHECK(ann.take().size() == 40);
}

TEST_CASE("a number that is under way is answered with its append, not twice") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann"), again = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  again.join("chat");
  bob.join("chat");
  ann.take();
  bob.take();
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  again.publish(chat.room, kMessage, 1, kHi);
  again.publish(chat.room, kMessage, 1, kHi);
  again.take();
  cluster.store().release();
  cluster.settle();
  Frames answers = again.take();
  REQUIRE(answers.size() >= 2);
  std::size_t duplicates = 0;
  for (const std::string& text : answers)
    if (begins(text, {FrameType::ack, chat.room, 1, chat.epoch, 1}) && text.substr(text.size() - 3) == ",1]") ++duplicates;
  CHECK(duplicates == 2);
  CHECK(begins(bob.only(), {FrameType::event, chat.room, kMessage, 1}));
}

TEST_CASE("a repeated number in one append succeeds or fails with it") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann"), again = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  again.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);  // the append under way
  again.publish(chat.room, kMessage, 2, kHi);
  ann.publish(chat.room, kMessage, 2, kHi);
  ann.take();
  again.take();
  cluster.store().append_status = StoreStatus::full;
  cluster.store().release();
  cluster.settle();
  for (const std::string& text : ann.take()) CHECK(begins(text, {FrameType::nack, chat.room}));
  for (const std::string& text : again.take()) CHECK(begins(text, {FrameType::nack, chat.room}));
}

TEST_CASE("joins that wait for a log are answered in their order, and max_size holds among them") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), eve = cluster.greeted("eve");
  cluster.store().held = true;
  for (Client* client : {&ann, &bob, &eve}) client->ask_join(1, "small");
  CHECK(ann.take().empty());
  cluster.store().release();
  cluster.settle();
  CHECK(begins(ann.take().front(), {FrameType::joined, 1}));
  CHECK(begins(bob.take().front(), {FrameType::joined, 1}));
  CHECK(eve.only() == refused(1, ErrorCode::room_full, "2"));
  CHECK(cluster.store().opens == 1);
}

TEST_CASE("a room in memory does not wait for the durable store") {
  auto config = durable_config();
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "quiet") room.durability = Durability::memory;
  Cluster cluster(1, std::move(config));
  cluster.store().held = true;
  Client ann = cluster.producer("ann");
  const Joined quiet = ann.join("quiet");
  ann.publish(quiet.room, kNote, 1, "1");
  CHECK(ann.take().size() == 2);
}

TEST_CASE("a volatile event passes by the log") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kTyping, 0, "1");
  CHECK(ann.take().size() == 2);
  CHECK(cluster.store().append_sizes.empty());
}

TEST_CASE("R-83 a draining server answers pending publications, accepts no new ones, and then sends BYE") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann"), bob = cluster.producer("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.take();
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  cluster.drain(1);
  CHECK(begins(bob.take().back(), {FrameType::bye, number(ErrorCode::draining)}));
  CHECK(ann.take().empty());
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 2, number(ErrorCode::draining)}));
  cluster.store().release();
  cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() >= 2);
  CHECK(begins(frames[0], {FrameType::ack, chat.room, 1, chat.epoch, 1}));
  CHECK(begins(frames.back(), {FrameType::bye, number(ErrorCode::draining)}));
  CHECK(ann.close_code() == 1012);
}

TEST_CASE("deleting a room empties its log, after what was published before") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann");
  const Joined before = ann.join("game-1");
  ann.publish(before.room, kMove, 1, "1");
  ann.take();
  cluster.store().held = true;
  ann.publish(before.room, kMove, 2, "2");
  ErrorCode code = ErrorCode::internal;
  cluster.ask(DeleteRoom{"game-1"}, [&code](ErrorCode result) { code = result; });
  ann.publish(before.room, kMove, 3, "3");
  CHECK(code == ErrorCode::internal);
  cluster.store().release();
  cluster.settle();
  CHECK(code == ErrorCode::ok);
  const Frames frames = ann.take();
  CHECK(begins(frames.front(), {FrameType::ack, before.room, 2, before.epoch, 2}));
  const Joined after = ann.join("game-1");
  CHECK(after.epoch != before.epoch);
  CHECK(after.head == 0);
}

TEST_CASE("F-K08 a second deletion of a room while one is under way is answered") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann");
  ann.join("game-1");
  cluster.store().held = true;
  ErrorCode first = ErrorCode::internal, second = ErrorCode::internal;
  cluster.ask(DeleteRoom{"game-1"}, [&first](ErrorCode result) { first = result; });
  cluster.ask(DeleteRoom{"game-1"}, [&second](ErrorCode result) { second = result; });
  cluster.store().release();
  cluster.settle();
  CHECK(first == ErrorCode::ok);
  CHECK(second == ErrorCode::room_unknown);
  CHECK(ann.join("game-1").head == 0);
}

TEST_CASE("F-K17 one user cannot fill the queue of the store for all users") {
  auto config = durable_config();
  config->definitions.rooms.push_back(config->definitions.rooms[0]);
  RoomDefinition& many = config->definitions.rooms.back();
  many.id = "many-{id}";
  many.name.clear();
  CatalogueResult made = make_catalogue(config->definitions);
  REQUIRE(made.ok());
  config->catalogue_bytes = std::move(made.bytes);
  config->catalogue = *CatalogueView::parse(config->catalogue_bytes);
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = bob.join("chat");
  std::vector<Joined> rooms;
  for (int i = 0; i < 40; ++i) rooms.push_back(ann.join("many-" + std::to_string(i), R"({"events":[]})"));
  cluster.store().held = true;
  const std::string payload = "\"" + std::string(60'000, 'x') + "\"";
  std::size_t refused_count = 0;
  for (const Joined& room : rooms) {
    for (std::uint64_t i = 0; i < kPublishInFlightMax; ++i) ann.publish(room.room, kNote, 0, payload);
    refused_count += ann.take().size();
  }
  CHECK(refused_count > 0);
  bob.take();
  for (int i = 0; i < 50; ++i) bob.publish(chat.room, kNote, 0, payload);
  CHECK(bob.take().empty());
  cluster.store().release();
  cluster.settle();
  std::size_t acknowledged = 0;
  for (const std::string& text : bob.take())
    if (begins(text, {FrameType::ack, chat.room})) ++acknowledged;
  CHECK(acknowledged == 50);
}

}  // namespace dialogue::testing
