// The commit queue where the store refuses, fails, or has lost a log.
#include <algorithm>

#include "tests/server/core/owner/commit_queue_kit.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("R-72 R-80 an append that fails refuses all of its publications, acknowledges none and uses up no number or sequence") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  const auto [status, code] =
      GENERATE(std::pair{StoreStatus::full, ErrorCode::store_full}, std::pair{StoreStatus::busy, ErrorCode::store_unavailable});
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  cluster.store().append_status = status;
  cluster.store().held = true;
  ann.take();
  bob.take();
  for (std::uint64_t number = 2; number <= 5; ++number) ann.publish(chat.room, kMessage, number, kHi);
  cluster.store().release();
  cluster.settle();
  const Frames refused = ann.take();
  REQUIRE(refused.size() == 4);
  for (std::uint64_t number = 2; number <= 5; ++number) {
    CHECK((begins(refused[number - 2], {FrameType::nack, chat.room, number, testing::number(code)}) ||
           begins(refused[number - 2], {FrameType::nack, chat.room, number, testing::number(ErrorCode::producer_hole)})));
  }
  CHECK(begins(refused[0], {FrameType::nack, chat.room, 2, testing::number(code), 1000}));
  CHECK(bob.take().empty());
  cluster.store().append_status = StoreStatus::ok;
  for (std::uint64_t number = 2; number <= 5; ++number) ann.publish(chat.room, kMessage, number, kHi);
  const Frames heard = bob.take();
  REQUIRE(heard.size() == 4);
  for (std::uint64_t seq = 2; seq <= 5; ++seq) CHECK(begins(heard[seq - 2], {FrameType::event, chat.room, kMessage, seq}));
}

TEST_CASE("R-72 a producer whose first append fails stays known: its later publications can be repeated as well") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().append_status = StoreStatus::full;
  cluster.store().held = true;
  ann.take();
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.publish(chat.room, kMessage, 2, kHi);  // waits for the next append
  cluster.store().release();
  cluster.settle();
  const Frames refused = ann.take();
  REQUIRE(refused.size() == 2);
  CHECK(begins(refused[0], {FrameType::nack, chat.room, 1, testing::number(ErrorCode::store_full)}));
  CHECK(begins(refused[1], {FrameType::nack, chat.room, 2, testing::number(ErrorCode::producer_hole)}));
  cluster.store().append_status = StoreStatus::ok;
  for (std::uint64_t number = 1; number <= 2; ++number) ann.publish(chat.room, kMessage, number, kHi);
  CHECK(ann.take().size() == 4);  // an ACK and the own EVENT for each
}

TEST_CASE("a store that has failed ends the server, and what is in doubt is neither acknowledged nor refused") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().append_status = StoreStatus::failed;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take() == Frames{});
  CHECK_FALSE(cluster.gave_up().empty());
}

TEST_CASE("R-73 a store that has failed ends the server also when it is only read or opened") {
  const bool is_read = GENERATE(true, false);
  Cluster cluster(1, durable_config());
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  if (is_read) {
    cluster.store().read_status = StoreStatus::failed;
    ann.send(frame({FrameType::history, 5, chat.room, 1, 10, 1}));
  } else {
    cluster.store().open_status = StoreStatus::failed;
    ann.ask_join(5, "game-1");
  }
  CHECK_FALSE(cluster.gave_up().empty());
}

TEST_CASE("R-72 a new producer's later numbers wait for the first one, which was refused retryably") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().append_status = StoreStatus::full;
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.publish(chat.room, kMessage, 2, kHi);
  cluster.store().release();
  cluster.settle();
  const Frames frames = ann.take();
  REQUIRE(frames.size() == 2);
  CHECK(begins(frames[0], {FrameType::nack, chat.room, 1, number(ErrorCode::store_full)}));
  CHECK(begins(frames[1], {FrameType::nack, chat.room, 2, number(ErrorCode::producer_hole)}));
}

TEST_CASE("R-75 a damaged log refuses its room, and the others go on") {
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().append_status = StoreStatus::damaged;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::store_unavailable)}));
  PublishResult result;
  cluster.ask(ServerPublish{"chat", "message", kHi, "system"}, [&result](const PublishResult& answer) { result = answer; });
  CHECK(result.fault.code == ErrorCode::history_damaged);
  cluster.store().append_status = StoreStatus::ok;
  const Joined other = ann.join("quiet");
  ann.publish(other.room, kNote, 1, "1");
  CHECK(ann.take().size() == 2);
}

TEST_CASE("a log that cannot be opened refuses the join, and is tried again with the next") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann");
  cluster.store().open_status = StoreStatus::busy;
  ann.ask_join(1, "chat");
  CHECK(ann.only() == refused(1, ErrorCode::store_unavailable));
  PublishResult result;
  cluster.ask(ServerPublish{"chat", "message", kHi, "system"}, [&result](const PublishResult& answer) { result = answer; });
  CHECK(result.fault.code == ErrorCode::store_unavailable);
  cluster.store().open_status = StoreStatus::ok;
  ann.join("chat");
}

TEST_CASE("a log that was lost under its members ends their connections, so that they reconnect and are notified") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann"), bob = cluster.greeted("bob");
  const Joined before = ann.join("chat");
  bob.join("chat");
  ann.take();
  cluster.store().erase({{}, "chat"}, [](StoreStatus) {});
  ann.publish(before.room, kMessage, 1, kHi);
  for (Client* client : {&ann, &bob}) {
    CHECK(begins(client->only(), {FrameType::bye, number(ErrorCode::store_unavailable)}));
    CHECK(client->close_code() == 1011);
  }
  Client cleo = cluster.greeted("cleo");
  CHECK(cleo.join("chat").epoch != before.epoch);
}

TEST_CASE("a store that is full or busy is logged as a warning once per minute, not for each publication") {
  const StoreStatus status = GENERATE(StoreStatus::full, StoreStatus::busy);
  const std::string event = status == StoreStatus::full ? "store_full " : "store_busy ";
  const ErrorCode code = status == StoreStatus::full ? ErrorCode::store_full : ErrorCode::store_unavailable;
  Cluster cluster(1, durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  const auto warnings = [&] {
    return std::count_if(cluster.log().begin(), cluster.log().end(),
                         [&](const std::string& line) { return line.rfind(event, 0) == 0; });
  };
  cluster.store().append_status = status;
  for (std::uint64_t i = 0; i < 5; ++i) {
    ann.publish(chat.room, kMessage, 1, kHi);
    CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(code)}));
  }
  CHECK(warnings() == 1);
  cluster.advance(61'000);
  Client bob = cluster.producer("bob");
  bob.publish(bob.join("chat").room, kMessage, 1, kHi);
  CHECK(warnings() == 2);
}

}  // namespace dialogue::testing
