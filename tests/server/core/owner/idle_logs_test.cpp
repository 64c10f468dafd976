// Logs in memory of rooms that nobody uses any more: they give their memory back, and their rooms begin anew with another epoch.
#include "server/core/owner/idle_logs.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {
namespace {

constexpr std::uint64_t kIdleMs = kRoomIdleMs + 1000;

/// Somebody comes to so many rooms, leaves something in each, and goes.
void visit(Cluster& cluster, int rooms) {
  Client visitor = cluster.greeted("visitor");
  for (int i = 0; i < rooms; ++i) {
    const Joined room = visitor.join("game-" + std::to_string(i));
    visitor.publish(room.room, kMove, 0, "[1,2]");
    visitor.send(frame({FrameType::leave, 5, room.room}));
  }
  visitor.vanish();
}

}  // namespace

TEST_CASE("F-K11 idle rooms in memory release their memory, and then have another epoch") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  visit(cluster, 500);
  Client ann = cluster.greeted("ann");
  const Joined kept = ann.join("game-7"), chat = ann.join("chat");
  ann.publish(chat.room, kNote, 0, "1");
  const auto wait = [&](std::uint64_t ms) {
    for (std::uint64_t step = 0; ms > 0; ms -= step) {
      cluster.advance(step = std::min<std::uint64_t>(ms, kPingReplyTimeoutMs));
      ann.pong();
    }
  };
  const std::size_t before = cluster.memory_bytes();
  wait(kIdleMs);
  CHECK(cluster.memory_bytes() == before);  // who comes back soon finds what there was
  Client bob = cluster.greeted("bob");
  bob.send(frame({FrameType::join, 1, 1, 0, 10}, R"("game-3",{})"));
  Frames frames = bob.take();
  REQUIRE(frames.size() >= 2);
  CHECK(begins(frames[0], {FrameType::joined, 1}));
  CHECK(begins(frames[1], {FrameType::event}));
  const Joined again = ann.join("game-3");
  bob.vanish();
  ann.send(frame({FrameType::leave, 5, again.room}));
  wait(cluster.config().limits.memory_log_kept_ms);
  // game-7 is in use, and game-3 was a short while ago.
  CHECK(cluster.memory_bytes() < before / 50);
  CHECK(ann.join("game-3").epoch == again.epoch);
  ann.send(frame({FrameType::join, 9, 2, kept.epoch, 0}, R"("game-9",{})"));
  frames = ann.take();
  REQUIRE_FALSE(frames.empty());
  CHECK(frames[0].find("epoch_changed") != std::string::npos);
  ann.publish(kept.room, kMove, 0, "1");
  CHECK(begins(ann.take().front(), {FrameType::ack, kept.room, 0, kept.epoch, 2}));
}

TEST_CASE("F-K11 a log in memory with nothing in it goes with its room") {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) room.retention.max_age_ms = 10'000;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  visit(cluster, 100);
  CHECK(cluster.memory_bytes() > 0);
  for (std::uint64_t ms = 0; ms < 2 * kIdleMs; ms += 5'000) cluster.advance(5'000);
  CHECK(cluster.memory_bytes() == 0);
}

}  // namespace dialogue::testing
