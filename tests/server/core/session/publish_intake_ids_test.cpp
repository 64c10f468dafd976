// PUBLISH with an id, of a client without a producer: an Idempotency-Key of its user, in the one table of producers.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "server/core/log/producer_table.hpp"
#include "server/core/messages/frame_text.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
namespace {

constexpr const char* kOrderId = R"({"id":"order-1"})";

std::string ack_of_id(const Joined& room, std::uint64_t answer, std::uint64_t seq, std::uint64_t duplicate = 0) {
  return frame({FrameType::ack, room.room, answer, room.epoch, seq, kStartUnixMs, duplicate});
}

void publish_with_ext(Client& client, const Joined& room, std::uint64_t answer, std::string_view ext,
                      std::string_view payload = kHi, std::uint64_t event = kMessage) {
  client.send(frame({FrameType::publish, room.room, event, answer}, std::string(ext) + "," + std::string(payload)));
}

bool is_refused_by(const std::string& text, const Joined& room, std::uint64_t answer, ErrorCode code) {
  return begins(text, {FrameType::nack, room.room, answer, number(code)});
}

}  // namespace

TEST_CASE("F-R05 a publication that comes again with its id is stored once, whatever number its answer has") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.take();
  publish_with_ext(ann, chat, 41, kOrderId);
  CHECK(ann.take().front() == ack_of_id(chat, 41, 1));
  for (const std::uint64_t answer : {41u, 42u, 0u}) {
    publish_with_ext(ann, chat, answer, kOrderId);
    CHECK(ann.only() == ack_of_id(chat, answer, 1, 1));
  }
  SECTION("also over a new connection of the user") {
    ann.vanish();
    Client again = cluster.greeted("ann");
    again.join("chat");
    publish_with_ext(again, chat, 7, kOrderId);
    CHECK(again.only() == ack_of_id(chat, 7, 1, 1));
  }
  SECTION("but another user's, another room's and another id are others") {
    Client bob = cluster.greeted("bob");
    bob.join("chat");
    publish_with_ext(bob, chat, 1, kOrderId);
    CHECK(bob.take().front() == ack_of_id(chat, 1, 2));
    publish_with_ext(ann, chat, 43, R"({"id":"order-2"})");
    CHECK(begins(ann.take().back(), {FrameType::event, chat.room, kMessage, 3}));
  }
  SECTION("and another content is a conflict") {
    publish_with_ext(ann, chat, 43, kOrderId, R"({"text":"ho"})");
    CHECK(is_refused_by(ann.only(), chat, 43, ErrorCode::producer_conflict));
    publish_with_ext(ann, chat, 44, kOrderId, kHi, kNote);
    CHECK(is_refused_by(ann.only(), chat, 44, ErrorCode::producer_conflict));
  }
}

TEST_CASE("F-R05 the id of a publication and the Idempotency-Key of its user are one") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  publish_with_ext(ann, chat, 1, kOrderId);
  ann.take();
  ServerPublish again{"chat", "message", kHi, "ann"};
  again.producer = std::make_shared<const std::string>(producer_key("user:ann", ProducerKind::once, "order-1"));
  again.producer_seq = 1;
  again.hash = payload_hash("message\nann", kHi);
  PublishResult result;
  cluster.ask(std::move(again), [&result](const PublishResult& answer) { result = answer; });
  CHECK(result.fault.code == ErrorCode::ok);
  CHECK(result.duplicate);
  CHECK(result.position.seq == 1);
}

TEST_CASE("F-R05 a publication that is refused does not use its id up") {
  bool is_refusing = true;
  auto config = test_config();
  config->hooks.middleware = {
      {"", [&](const Draft&) { return is_refusing ? HookVerdict::deny("no") : HookVerdict::allow(); }, {}}};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.take();
  publish_with_ext(ann, chat, 1, kOrderId, R"({"text":7})");
  CHECK(is_refused_by(ann.only(), chat, 1, ErrorCode::wrong_type));
  for (const std::uint64_t answer : {2u, 0u}) {
    publish_with_ext(ann, chat, answer, kOrderId);
    CHECK(is_refused_by(ann.only(), chat, answer, ErrorCode::denied_by_hook));
  }
  is_refusing = false;
  publish_with_ext(ann, chat, 3, kOrderId);
  CHECK(ann.take().front() == ack_of_id(chat, 3, 1));
}

TEST_CASE("F-R05 an id that cannot be is refused: it would promise what does not hold") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), counting = cluster.producer("bob");
  const Joined chat = ann.join("chat");
  counting.join("chat");
  ann.take();
  counting.take();
  for (const std::string& id :
       {std::string("5"), std::string(R"("")"), std::string(R"("a b")"), "\"" + std::string(65, 'a') + "\""}) {
    publish_with_ext(ann, chat, 1, R"({"id":)" + id + "}");
    CHECK(is_refused_by(ann.only(), chat, 1, ErrorCode::request_invalid));
  }
  publish_with_ext(ann, chat, 1, R"({"id":"a\u0000"})");
  CHECK(is_refused_by(ann.only(), chat, 1, ErrorCode::request_invalid));
  publish_with_ext(ann, chat, 1, R"({"id":"a","id":"a"})");
  CHECK(is_refused_by(ann.only(), chat, 1, ErrorCode::request_invalid));
  publish_with_ext(ann, chat, 0, kOrderId, "1", kTyping);
  CHECK(is_refused_by(ann.only(), chat, 0, ErrorCode::request_invalid));
  publish_with_ext(counting, chat, 1, kOrderId);
  CHECK(is_refused_by(counting.only(), chat, 1, ErrorCode::request_invalid));
  publish_with_ext(ann, chat, 2, R"({"id":")" + std::string(64, 'a') + "\"}");
  CHECK(ann.take().front() == ack_of_id(chat, 2, 1));
}

TEST_CASE("F-R05 a user has a limited number of ids in a room, and an exhausted limit is reported") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  for (std::size_t i = 0; i < kProducersPerRoomMax; ++i) {
    publish_with_ext(ann, chat, 1, R"({"id":"n)" + std::to_string(i) + "\"}");
    if (i % 64 == 63) {
      ann.take();
      bob.take();
    }
  }
  publish_with_ext(ann, chat, 1, R"({"id":"more"})");
  CHECK(is_refused_by(ann.only(), chat, 1, ErrorCode::too_many_producers));
  publish_with_ext(ann, chat, 1, R"({"id":"n0"})");
  CHECK(ann.only() == ack_of_id(chat, 1, 1, 1));
  publish_with_ext(bob, chat, 1, kOrderId);
  CHECK(begins(bob.take().front(), {FrameType::ack, chat.room, 1}));
}

}  // namespace dialogue::testing
