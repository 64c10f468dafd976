// What is on its way between shards has a bound: a shard that handles nothing for a while is sent no more, and its members read
// from the log what was not sent.
#include "server/core/effects/peer_windows.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace replay;

using namespace core;

namespace {

std::size_t bytes_of_events(const std::vector<const ShardMessageBody*>& messages) {
  std::size_t bytes = 0;
  for (const ShardMessageBody* message : messages)
    if (const auto* deliver = std::get_if<Deliver>(message)) bytes += bytes_of(deliver->record);
  return bytes;
}

}  // namespace

TEST_CASE("F-K16 events to a shard that handles none have a bound, and its members miss nothing") {
  Cluster cluster(2, config_keeping(1000));
  const std::uint32_t owner = shard_of("chat", 2);
  Client at_home = cluster.greeted("ann"), other = cluster.greeted("bob");
  if (at_home.shard() != owner) std::swap(at_home, other);
  const Joined chat = at_home.join("chat");
  other.join("chat");
  cluster.advance(2000);
  at_home.take();
  other.take();
  cluster.hold_mail(other.shard(), true);
  constexpr std::uint64_t kEvents = 300;
  for (std::uint64_t i = 0; i < kEvents; ++i) at_home.publish(chat.room, i % 3 == 2 ? kTyping : kNote, 0, payload_of(60'000));
  CHECK(bytes_of_events(cluster.mail_to(other.shard())) >= kPeerWindowBytes / 2);
  CHECK(bytes_of_events(cluster.mail_to(other.shard())) <= kPeerWindowBytes + kMessageBytesMax);
  cluster.hold_mail(other.shard(), false);
  cluster.settle();
  at_home.publish(chat.room, kNote, 0, "1");
  std::uint64_t next = 1;
  for (const std::string& text : other.take()) {
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    CHECK((frame.type == FrameType::event || frame.type == FrameType::presence));
    if (frame.type == FrameType::event && frame.integers[2] != 0) REQUIRE(frame.integers[2] == next++);
  }
  CHECK(next == kEvents / 3 * 2 + 2);
}

TEST_CASE("F-K16 a join while events are held back waits after the others, and all receive everything") {
  Cluster cluster(2, config_keeping(1000));
  const std::uint32_t owner = shard_of("chat", 2);
  Client at_home = cluster.greeted("ann"), other = cluster.greeted("bob");
  if (at_home.shard() != owner) std::swap(at_home, other);
  const Joined chat = at_home.join("chat");
  other.join("chat");
  Client third = cluster.greeted("cleo");
  if (third.shard() != other.shard()) third = cluster.greeted("dora");
  REQUIRE(third.shard() == other.shard());
  cluster.advance(2000);
  other.take();
  third.ask_join(7, "chat");
  cluster.settle();
  third.take();
  third.send(frame({FrameType::leave, 8, chat.room}));
  cluster.hold_mail(other.shard(), true);
  for (int i = 0; i < 200; ++i) at_home.publish(chat.room, kNote, 0, payload_of(60'000));
  third.ask_join(9, "chat");
  at_home.publish(chat.room, kNote, 0, "1");
  cluster.hold_mail(other.shard(), false);
  cluster.settle();
  std::uint64_t next = 1;
  for (const std::string& text : other.take()) {
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    if (frame.type == FrameType::event) REQUIRE(frame.integers[2] == next++);
  }
  CHECK(next == 202);
}

TEST_CASE("a window opens again when half of it was handled") {
  Actions actions;
  ShardEffects effects(0, 2);
  effects.begin({1000, kStartUnixMs}, actions);
  PeerWindows windows(effects);
  CHECK(windows.admits(1, 5, 1));
  windows.sent(1, kPeerWindowBytes);
  CHECK_FALSE(windows.admits(1, 5, 2));
  CHECK_FALSE(windows.admits(1, 7, 0));  // in no log: it is lost, and its room has nothing to be told
  CHECK(windows.take({1, kPeerWindowBytes / 2 - 1}).empty());
  CHECK_FALSE(windows.admits(1, 5, 3));  // it comes after one that was not sent
  CHECK(windows.admits(1, 7, 1));
  CHECK(windows.take({1, 1}) == std::set<std::uint64_t>{5});
  CHECK(windows.admits(1, 5, 4));
}

TEST_CASE("handled events are acknowledged in steps, to the owner shard of the room") {
  Actions actions;
  ShardEffects effects(0, 2);
  effects.begin({1000, kStartUnixMs}, actions);
  PeerWindows windows(effects);
  windows.received(1, kTakenStepBytes);  // its owner shard is here
  windows.received(2, kTakenStepBytes - 1);
  CHECK(actions.empty());
  windows.received(2, 1);
  REQUIRE(actions.size() == 1);
  const auto& post = std::get<PostMessage>(actions[0]);
  CHECK(post.shard == 1);
  CHECK(std::get<DeliversTaken>(post.message.body()).bytes == kTakenStepBytes);
}

}  // namespace dialogue::testing
