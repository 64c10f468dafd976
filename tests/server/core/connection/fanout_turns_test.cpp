// What a room's members get at the end of a turn: events of one room as one text that they share, and nothing out of order.
#include <catch2/catch.hpp>

#include <set>

#include "shared/base/limits.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// One shard whose turns the test ends.
class OneShard {
 public:
  OneShard() : config_(test_config()), shard_(*config_, 0, 1, 7), store_(7) {}

  /// A member of chat.
  ConnectionId join(std::string_view options = "{}") {
    const ConnectionId id = shard_.apply(ConnectionOpened{}, kNow, actions_).opened;
    tell(id, "[1,1,0,0,{}]\n[2,1,0,0,0,\"chat\"," + std::string(options) + "]");
    end_turn();
    Frame joined;
    for (const SendFrame& sent : take())
      if (sent.to == id) REQUIRE(read_frame(*sent.text, joined) == ErrorCode::ok);
    REQUIRE(joined.type == FrameType::joined);
    room_ = joined.integers[1];
    return id;
  }
  void publish(ConnectionId from, std::uint64_t event, std::string_view payload) {
    tell(from, frame({FrameType::publish, room_, event, 0, 0}, payload));
  }
  /// One message; the turn goes on.
  void tell(ConnectionId from, std::string message) {
    shard_.apply(MessageReceived{from, message}, kNow, actions_);
    answer_within_turn(shard_, store_, kNow, actions_);
  }
  void end_turn() {
    if (shard_.owes_turn_end()) shard_.apply(TurnEnded{}, kNow, actions_);
  }
  /// What was sent since.
  std::vector<SendFrame> take() {
    std::vector<SendFrame> sent;
    for (const Action& action : actions_)
      if (const auto* send = std::get_if<SendFrame>(&action)) sent.push_back(*send);
    actions_.clear();
    return sent;
  }
  /// What one connection was sent since.
  std::vector<SendFrame> take(ConnectionId to) {
    std::vector<SendFrame> sent = take();
    std::erase_if(sent, [to](const SendFrame& each) { return each.to != to; });
    return sent;
  }
  [[nodiscard]] std::uint64_t room() const { return room_; }

 private:
  static constexpr Time kNow{1000, kStartUnixMs};
  std::unique_ptr<ShardConfig> config_;
  Shard shard_;
  MemoryStore store_;
  Actions actions_;
  std::uint64_t room_ = 0;
};

Frames lines_of(const SendFrame& send) {
  Frames lines;
  FrameSplitter frames(*send.text);
  for (std::string_view text; frames.next(text);) lines.emplace_back(text);
  return lines;
}

}  // namespace

TEST_CASE("events of a turn reach the members of a room as one text that they share") {
  OneShard shard;
  const ConnectionId ann = shard.join(), bob = shard.join(), cleo = shard.join();
  shard.publish(ann, kNote, "1");
  shard.publish(bob, kNote, "2");
  shard.publish(ann, kTyping, "3");
  CHECK(shard.take().size() == 3);  // their acknowledgements
  shard.end_turn();
  const auto sent = shard.take();
  REQUIRE(sent.size() == 3);
  std::set<ConnectionId> to;
  for (const SendFrame& each : sent) {
    to.insert(each.to);
    CHECK(each.text == sent.front().text);
    CHECK(each.frames == 3);
  }
  CHECK(to == std::set{ann, bob, cleo});
  const Frames lines = lines_of(sent.front());
  REQUIRE(lines.size() == 3);
  CHECK(begins(lines[0], {FrameType::event, shard.room(), kNote, 1}));
  CHECK(begins(lines[1], {FrameType::event, shard.room(), kNote, 2}));
  CHECK(begins(lines[2], {FrameType::event, shard.room(), kTyping, 0}));
}

TEST_CASE("a text of a turn holds what one message may: frames and bytes") {
  OneShard shard;
  const ConnectionId ann = shard.join();
  for (std::size_t i = 0; i < kBatchFramesMax + 1; ++i) shard.publish(ann, kNote, "1");
  const std::string half = "\"" + std::string(kBatchBytesMax / 2, 'x') + "\"";
  shard.publish(ann, kNote, half);
  shard.publish(ann, kNote, half);
  static_cast<void>(shard.take());
  shard.end_turn();
  const auto sent = shard.take(ann);
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].frames == kBatchFramesMax);
  CHECK(sent[1].frames == 2);
  CHECK(sent[1].text->size() <= kBatchBytesMax);
  CHECK(sent[2].frames == 1);
}

TEST_CASE("a member with some events of a turn gets those, and a SKIP for the others") {
  OneShard shard;
  const ConnectionId ann = shard.join(), bob = shard.join(R"({"events":["message"]})");
  shard.publish(ann, kNote, "1");
  shard.publish(ann, kMessage, R"({"text":"hi"})");
  shard.publish(ann, kNote, "2");
  static_cast<void>(shard.take());
  shard.end_turn();
  const auto sent = shard.take(bob);
  REQUIRE(sent.size() == 2);
  CHECK(*sent[0].text == frame({FrameType::skip, shard.room(), 1, 1}));
  CHECK(begins(*sent[1].text, {FrameType::event, shard.room(), kMessage, 2}));
}

TEST_CASE("notifications to a member within a turn follow the events before it") {
  OneShard shard;
  const ConnectionId ann = shard.join(), bob = shard.join();
  const auto told_after_event = [&](const std::string& request, std::initializer_list<FrameInteger> answer) {
    shard.publish(ann, kNote, "1");
    shard.tell(bob, request);
    auto sent = shard.take(bob);
    shard.end_turn();
    REQUIRE(sent.size() == 2);
    CHECK(begins(*sent[0].text, {FrameType::event, shard.room()}));
    CHECK(begins(*sent[1].text, answer));
    CHECK(shard.take(bob).empty());
  };
  told_after_event(frame({FrameType::unsubscribe, 5, shard.room(), kTyping}), {FrameType::reply, 5});
  told_after_event(frame({FrameType::leave, 6, shard.room()}), {FrameType::left, 6, shard.room()});
}

TEST_CASE("a connection that ends gets the events before its BYE, and none after it") {
  OneShard shard;
  const ConnectionId ann = shard.join(), bob = shard.join();
  shard.publish(ann, kNote, "1");
  shard.tell(bob, "nonsense");
  shard.publish(ann, kNote, "2");
  shard.end_turn();
  const auto sent = shard.take(bob);
  REQUIRE(sent.size() == 2);
  CHECK(begins(*sent[0].text, {FrameType::event, shard.room(), kNote, 1}));
  CHECK(begins(*sent[1].text, {FrameType::bye}));
}

TEST_CASE("a member that joins within a turn does not get the earlier events twice") {
  OneShard shard;
  const ConnectionId ann = shard.join();
  shard.publish(ann, kNote, "1");
  const ConnectionId bob = shard.join();
  shard.publish(ann, kNote, "2");
  shard.end_turn();
  const auto sent = shard.take(bob);
  REQUIRE(sent.size() == 1);
  CHECK(begins(*sent[0].text, {FrameType::event, shard.room(), kNote, 2}));
}

}  // namespace dialogue::testing
