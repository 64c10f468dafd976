// PUBLISH: the order of answers, the numbers that refusals consume, and what outlives a membership.
#include <catch2/catch.hpp>

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
  Cluster cluster(GENERATE(1u, 3u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  const std::string body = std::string(R"({"first":7},)") + kHi;
  ann.send(frame({FrameType::publish, chat.room, kMessage, 1}, body));
  CHECK(begins(ann.only(), {FrameType::nack, chat.room, 1, number(ErrorCode::request_invalid)}));
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(ann.take().front() == acked(chat, 2, 1));
}

TEST_CASE("F-C2 a log that is damaged refuses a number retryably, and takes it when it is repaired") {
  Cluster cluster(GENERATE(1u, 3u), durable_config());
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
  Cluster cluster(GENERATE(1u, 3u), durable_config());
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
  Cluster cluster(GENERATE(1u, 3u), durable_config());
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

TEST_CASE("F-C11 answers to an ended membership do not count for the next one, and are waited for") {
  Cluster cluster(GENERATE(1u, 3u), durable_config());
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
