// The application's own numbered publications: the same table of producers as that of connections.
#include "server/core/owner/room_sequencer.hpp"

#include <catch2/catch.hpp>

#include "server/core/log/producer_table.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// What the application is told when it publishes as ann's producer "p".
PublishResult publish(Cluster& cluster, std::uint64_t number, std::string payload, bool refusal_counts = true,
                      const std::string& user = "ann") {
  PublishResult result;
  ServerPublish message;
  message.room_id = "chat";
  message.event = "message";
  message.from = user;
  message.hash = payload_hash("message", payload);
  message.payload = std::move(payload);
  message.producer = std::make_shared<const std::string>(user + "\np");
  message.producer_seq = number;
  message.refusal_counts = refusal_counts;
  cluster.ask(std::move(message), [&result](const PublishResult& answer) { result = answer; });
  return result;
}

}  // namespace

TEST_CASE("R-33 a number that a connection used is a duplicate for the application, and the other way round") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 1, kHi);
  const PublishResult again = publish(cluster, 1, kHi);
  CHECK(again.fault.code == ErrorCode::ok);
  CHECK(again.duplicate);
  CHECK(again.position.seq == 1);
  CHECK(again.position.epoch == chat.epoch);

  const PublishResult second = publish(cluster, 2, kHi);
  CHECK_FALSE(second.duplicate);
  CHECK(second.position.seq == 2);
  ann.take();
  ann.publish(chat.room, kMessage, 2, kHi);
  CHECK(ann.only() == frame({FrameType::ack, chat.room, 2, chat.epoch, 2, kStartUnixMs, 1}));
}

TEST_CASE("the application's numbers may leave no hole and mean one content each") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  CHECK(publish(cluster, 1, kHi).position.seq == 1);
  CHECK(publish(cluster, 1, R"({"text":"ho"})").fault.code == ErrorCode::producer_conflict);
  const PublishResult hole = publish(cluster, 3, kHi);
  CHECK(hole.fault.code == ErrorCode::producer_hole);
  CHECK(hole.expected == 2);
}

TEST_CASE("a refusal consumes the application's number only if it is meant to count") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  CHECK(publish(cluster, 1, "{}", false).fault.code == ErrorCode::required_missing);
  CHECK(publish(cluster, 1, kHi, false).position.seq == 1);
  const PublishResult refused = publish(cluster, 2, "{}");
  CHECK(refused.fault.code == ErrorCode::required_missing);
  CHECK(refused.fault.path == "$");
  CHECK(publish(cluster, 2, "{}").fault.code == ErrorCode::required_missing);
  CHECK(publish(cluster, 2, kHi).fault.code == ErrorCode::producer_conflict);
  CHECK(publish(cluster, 3, kHi).position.seq == 2);
}

TEST_CASE("F-X6 a room full of producers refuses clients before the application, each until the longest silent one may go") {
  Cluster cluster(1);
  constexpr std::size_t kOfClients = kProducersPerRoomMax - kProducersOfApiMin;
  const auto publish_as = [&](std::size_t user) { return publish(cluster, 1, kHi, true, "user-" + std::to_string(user)); };
  for (std::size_t i = 0; i < kOfClients; ++i) REQUIRE(publish_as(i).fault.code == ErrorCode::ok);
  Client guest = cluster.producer("guest-1");
  const Joined chat = guest.join("chat");
  guest.take();
  guest.publish(chat.room, kMessage, 1, kHi);
  const std::string refused = guest.only();
  CHECK(begins(refused,
               {FrameType::nack, chat.room, 1, static_cast<std::uint64_t>(ErrorCode::too_many_producers), kProducerAgeMs}));
  for (std::size_t i = kOfClients; i < kProducersPerRoomMax; ++i) REQUIRE(publish_as(i).fault.code == ErrorCode::ok);
  const PublishResult full = publish_as(kProducersPerRoomMax);
  CHECK(full.fault.code == ErrorCode::too_many_producers);
  CHECK(full.retry_after_ms == kProducerAgeMs);
}

}  // namespace dialogue::testing
