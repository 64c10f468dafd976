// PUBLISH: the order of answers, the numbers that refusals consume, and what outlives a membership.
#include <catch2/catch.hpp>

#include "server/core/context/outstanding_requests.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
namespace {

std::string acked(const Joined& room, std::uint64_t producer_seq, std::uint64_t seq) {
  return frame({FrameType::ack, room.room, producer_seq, room.epoch, seq, kStartUnixMs, 0});
}

std::unique_ptr<ShardConfig> durable_config() {
  auto config = test_config();
  config->has_durable_store = true;
  return config;
}

}  // namespace

TEST_CASE("F-C2 an ext that is invalid consumes its number") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  const std::string body = std::string(R"({"first":7},)") + kHi;
  ann.send(frame({FrameType::publish, chat.room, kMessage, 1}, body));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::request_invalid)}));
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(ann.take().front() == acked(chat, 2, 1));
}

TEST_CASE("F-C2 a log that is damaged refuses a number retryably, and takes it when it is repaired") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  cluster.store().append_status = StoreStatus::damaged;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::store_unavailable)}));
  cluster.store().append_status = StoreStatus::ok;
  ann.publish(chat.room, kMessage, 1, kHi);
  CHECK(ann.take().front() == acked(chat, 1, 1));
}

TEST_CASE("F-C3 answers to publications without a number keep their order, whatever becomes of them") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.publish(chat.room, kMessage, 0, R"({"text":7})");
  ann.publish(chat.room, kTyping, 0, "1");
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(ann.take().empty());
  cluster.store().release();
  cluster.settle();
  Frames answers = ann.take();
  std::erase_if(answers, [](const std::string& each) { return begins(each, {FrameType::event}); });
  REQUIRE(answers.size() == 4);
  CHECK(answers[0] == acked(chat, 0, 1));
  CHECK(begins(answers[1], {FrameType::nack, chat.room, 0, number(ErrorCode::wrong_type)}));
  CHECK(answers[2] == acked(chat, 0, 0));
  CHECK(answers[3] == acked(chat, 0, 2));
  CHECK(bob.take().size() == 3);
}

TEST_CASE("F-C7 the watch over an ended membership's publications ends no connection of the next one") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.producer("ann");
  Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  ann.send(frame({FrameType::leave, 6, chat.room}));
  chat = ann.join("chat");
  const auto pass = [&](std::uint64_t ms) {
    constexpr std::uint64_t kStepMs = 5'000;
    for (; ms > kStepMs; ms -= kStepMs, ann.pong()) cluster.advance(kStepMs);
    cluster.advance(ms);
  };
  pass(kRequestTimeoutMs - 1);
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 2, kHi);
  pass(1);
  CHECK(ann.close_code() == 0);
  pass(kRequestTimeoutMs - 2);
  CHECK(ann.close_code() == 0);
  pass(1);
  CHECK(ann.close_code() == 1011);  // its own time is over
}

TEST_CASE("F-P4 answers to publications without a number keep their order over the end of a membership") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.send(frame({FrameType::leave, 6, chat.room}));
  CHECK(begins(ann.only(), {FrameType::left, 6}));
  if (GENERATE(false, true)) ann.join("chat");  // the next membership, or none
  ann.publish(chat.room, kMessage, 0, R"({"text":7})");
  ann.publish(chat.room, kMessage, 0, "7");
  CHECK(ann.take().empty());
  cluster.store().release();
  cluster.settle();
  Frames answers = ann.take();
  std::erase_if(answers, [](const std::string& each) { return begins(each, {FrameType::event}); });
  REQUIRE(answers.size() == 3);
  CHECK(answers[0] == acked(chat, 0, 1));
  CHECK(begins(answers[1], {FrameType::nack, chat.room, 0}));
  CHECK(begins(answers[2], {FrameType::nack, chat.room, 0}));
}

TEST_CASE("F-P4 a client that publishes into a room that it has left is refused at once beyond 64 answers that it is owed") {
  Cluster cluster(3, durable_config());
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.send(frame({FrameType::leave, 6, chat.room}));
  ann.take();
  for (std::uint64_t i = 1; i < kPublishInFlightMax; ++i) ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(ann.take().empty());
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 0, number(ErrorCode::producer_in_flight)}));
  cluster.store().release();
  cluster.settle();
  CHECK(ann.take().size() == kPublishInFlightMax);
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 0, number(ErrorCode::not_joined)}));
}

TEST_CASE("F-P4 a connection whose ended membership gets no answers ends, so that its client sends again what is not answered") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.store().held = true;
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.send(frame({FrameType::leave, 6, chat.room}));
  ann.publish(chat.room, kMessage, 0, kHi);
  const auto pass = [&](std::uint64_t ms) {
    for (std::uint64_t step = 0; step < ms; step += 5'000, ann.pong()) cluster.advance(5'000);
  };
  pass(kRequestTimeoutMs);
  CHECK(ann.close_code() == 0);
  pass(kRequestTimeoutMs);
  CHECK(ann.close_code() == 1011);
}

TEST_CASE("F-P9 publications of ended memberships are counted whatever their number, and a drain waits for all of them") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann");
  std::vector<Joined> rooms;
  for (const char* id : {"chat", "picky", "small", "shy"}) rooms.push_back(ann.join(id));
  cluster.store().held = true;
  for (const Joined& room : rooms)
    for (std::uint64_t i = 0; i < kPublishInFlightMax; ++i) ann.publish(room.room, kMessage, 0, kHi);
  for (const Joined& room : rooms) ann.send(frame({FrameType::leave, 6, room.room}));
  ann.take();
  cluster.store().held = false;
  const Joined last = ann.join("game-3");
  cluster.store().held = true;
  ann.publish(last.room, kMessage, 0, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, last.room, 0, number(ErrorCode::producer_in_flight)}));
  cluster.drain(0);
  CHECK(ann.close_code() == 0);
  cluster.store().release();
  cluster.settle();
  CHECK(ann.close_code() == 1012);
  CHECK(ann.take().size() == rooms.size() * kPublishInFlightMax + 1);
}

TEST_CASE("F-C11 answers to an ended membership do not count for the next one, and are waited for") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config());
  Client ann = cluster.greeted("ann");
  Joined chat = ann.join("chat");
  const auto left = [&] {
    ann.send(frame({FrameType::leave, 6, chat.room}));
    chat = ann.join("chat");
  };
  cluster.store().held = true;
  for (std::uint64_t i = 0; i < kPublishInFlightMax; ++i) ann.publish(chat.room, kMessage, 0, kHi);
  left();
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 0, number(ErrorCode::producer_in_flight)}));
  cluster.drain(0);
  CHECK(ann.close_code() == 0);
  cluster.store().release();
  cluster.settle();
  CHECK(ann.close_code() == 1012);
}

}  // namespace dialogue::testing
