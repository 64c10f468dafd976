// What waits unsent for members whose transports take little, counted while it is queued: who does not keep up reads from the
// log, is not disconnected and misses nothing, and what waits for it has a bound.
#include <catch2/catch.hpp>

#include <map>

#include "shared/base/limits.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace replay;

using namespace core;
using namespace store;

namespace {

constexpr std::size_t kBehindBytes = 256 * 1024;

/// One shard and the transports of its connections. Each takes `pace` bytes when it is offered what waits.
class Transports {
 public:
  Transports() : config_(config_keeping(1000)), shard_(*config_, 0, 1, 7), store_(7) {}

  std::size_t pace = kSafeIntegerMax;

  ConnectionId greeted() {
    const ConnectionId id = shard_.apply(ConnectionOpened{}, kNow, actions_).opened;
    tell(id, "[1,1,0,0,{}]");
    flush();
    take(id);
    return id;
  }
  /// A member; returns [room, epoch].
  std::pair<std::uint64_t, std::uint64_t> join(ConnectionId id, const std::string& room, std::string_view options = "{}") {
    tell(id, frame({FrameType::join, 1, 0, 0, 0}, "\"" + room + "\"," + std::string(options)));
    flush();
    Frame joined;
    for (const std::string& text : take(id)) {
      REQUIRE(read_frame(text, joined) == ErrorCode::ok);
      if (joined.type == FrameType::joined) return {joined.integers[1], joined.integers[2]};
    }
    FAIL("no JOINED");
    return {};
  }
  /// One message; the turn goes on.
  void tell(ConnectionId from, std::string message) {
    shard_.apply(MessageReceived{from, message}, kNow, actions_);
    carry_out();
  }
  void publish(ConnectionId from, std::uint64_t room, std::uint64_t event, std::string_view payload) {
    tell(from, frame({FrameType::publish, room, event, 0, 0}, payload));
  }
  /// The end of a turn, as the network layer has it.
  void flush() {
    do {
      shard_.apply(TurnEnded{}, kNow, actions_);
      carry_out();
      for (auto& [id, transport] : transports_) offer(id, transport);
    } while (shard_.owes_turn_end());
    for (auto& [id, transport] : transports_)
      if (transport.waiting.empty() && std::exchange(transport.is_drain_asked, false)) {
        shard_.apply(SendDrained{id}, kNow, actions_);
        carry_out();
      }
  }
  /// What has arrived since.
  Frames take(ConnectionId id) { return std::exchange(transports_[id].arrived, {}); }
  [[nodiscard]] bool waits(ConnectionId id) { return transports_[id].unsent > 0 || transports_[id].is_drain_asked; }
  [[nodiscard]] std::size_t unsent_max(ConnectionId id) { return transports_[id].unsent_max; }
  [[nodiscard]] bool is_closed(ConnectionId id) { return transports_[id].is_closed; }

 private:
  struct Transport {
    std::vector<std::string> waiting;
    std::size_t unsent = 0, taken = 0, unsent_max = 0;  ///< taken: of the first that waits
    bool is_drain_asked = false, is_closed = false, is_reported = false;
    Frames arrived;
  };
  static constexpr Time kNow{1000, kStartUnixMs};

  void carry_out() {
    answer_within_turn(shard_, store_, kNow, actions_);
    for (Action& action : std::exchange(actions_, {})) {
      if (const auto* send = std::get_if<SendFrame>(&action)) {
        Transport& to = transports_[send->to];
        to.waiting.push_back(*send->text);
        to.unsent += send->text->size();
        to.unsent_max = std::max(to.unsent_max, to.unsent);
      }
      if (const auto* ask = std::get_if<AskDrained>(&action)) transports_[ask->to].is_drain_asked = true;
      if (const auto* close = std::get_if<CloseConnection>(&action)) transports_[close->to].is_closed = true;
    }
  }
  void offer(ConnectionId id, Transport& transport) {
    std::size_t budget = pace, whole = 0;
    for (; whole < transport.waiting.size(); ++whole) {
      const std::string& text = transport.waiting[whole];
      const std::size_t takes = std::min(budget, text.size() - transport.taken);
      budget -= takes;
      transport.taken += takes;
      transport.unsent -= takes;
      if (transport.taken < text.size()) break;
      transport.taken = 0;
      FrameSplitter frames(text);
      for (std::string_view each; frames.next(each);) transport.arrived.emplace_back(each);
    }
    transport.waiting.erase(transport.waiting.begin(), transport.waiting.begin() + static_cast<std::ptrdiff_t>(whole));
    if (std::exchange(transport.is_reported, transport.unsent > 0) || transport.is_reported) {
      shard_.apply(BacklogChanged{id, transport.unsent, 0}, kNow, actions_);
      carry_out();
    }
  }

  std::unique_ptr<ShardConfig> config_;
  Shard shard_;
  MemoryStore store_;
  Actions actions_;
  std::map<ConnectionId, Transport> transports_;
};

/// The sequences of EVENTs; fails the test when another frame says that something was missed.
std::vector<std::uint64_t> events(const Frames& frames) {
  std::vector<std::uint64_t> seqs;
  for (const std::string& text : frames) {
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    CHECK((frame.type != FrameType::gap && frame.type != FrameType::skip && frame.type != FrameType::bye));
    if (frame.type == FrameType::event) seqs.push_back(frame.integers[2]);
  }
  return seqs;
}

std::vector<std::uint64_t> numbers_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 1; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

}  // namespace

TEST_CASE("F-K03 a burst within one turn puts a member behind before it is queued, and nothing is lost") {
  Transports transports;
  const ConnectionId ann = transports.greeted(), bob = transports.greeted();
  const std::uint64_t room = transports.join(ann, "chat", R"({"events":[]})").first;
  transports.join(bob, "chat");
  transports.pace = 20'000;
  for (int i = 0; i < 60; ++i) transports.publish(ann, room, kNote, payload_of(60'000));
  if (GENERATE(false, true))
    transports.tell(bob, frame({FrameType::unsubscribe, 5, room, kTyping}));  // all before it must go out before its REPLY
  transports.flush();
  CHECK(transports.unsent_max(bob) <= kBehindBytes);
  for (int i = 0; i < 1000 && transports.waits(bob); ++i) transports.flush();
  CHECK(events(transports.take(bob)) == numbers_to(60));
  CHECK(transports.unsent_max(bob) <= kBehindBytes + 64 * 1024);
  CHECK_FALSE(transports.is_closed(bob));
}

TEST_CASE("F-K03 a member that keeps up gets a burst as it arrives, including volatile events") {
  Transports transports;
  const ConnectionId ann = transports.greeted(), bob = transports.greeted();
  const std::uint64_t room = transports.join(ann, "chat", R"({"events":[]})").first;
  transports.join(bob, "chat");
  for (int i = 0; i < 60; ++i) transports.publish(ann, room, i % 2 == 0 ? kNote : kTyping, payload_of(60'000));
  transports.flush();
  CHECK(events(transports.take(bob)).size() == 60);
  CHECK_FALSE(transports.waits(bob));
}

TEST_CASE("volatile events are the first to be dropped: from half of what puts a member behind, and it stays live") {
  Transports transports;
  const ConnectionId ann = transports.greeted(), bob = transports.greeted();
  const std::uint64_t room = transports.join(ann, "chat", R"({"events":[]})").first;
  transports.join(bob, "chat");
  transports.pace = 0;
  for (int i = 0; i < 12; ++i) {
    transports.publish(ann, room, kTyping, payload_of(20'000));
    transports.flush();
  }
  CHECK(transports.unsent_max(bob) <= kBehindBytes / 2 + 20'200);
  transports.publish(ann, room, kNote, "1");
  transports.flush();
  transports.pace = kSafeIntegerMax;
  transports.flush();
  CHECK(events(transports.take(bob)) == std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("F-K04 rooms that owe a connection pages take turns, within what may wait for it") {
  constexpr std::uint64_t kRooms = kRoomsPerConnectionMax, kEvents = 300, kPage = 100;
  Transports transports;
  const ConnectionId ann = transports.greeted();
  std::vector<std::uint64_t> epochs;
  for (std::uint64_t i = 0; i < kRooms; ++i) {
    const auto [room, epoch] = transports.join(ann, "game-" + std::to_string(i));
    epochs.push_back(epoch);
    for (std::uint64_t j = 0; j < kEvents; ++j) {
      transports.publish(ann, room, kMove, payload_of(400));
      if (j % kPublishInFlightMax == 0) transports.flush();
    }
    transports.flush();
    transports.take(ann);
  }
  const ConnectionId bob = transports.greeted();
  transports.pace = 20'000;
  for (std::uint64_t i = 0; i < kRooms; ++i)
    transports.tell(bob, frame({FrameType::join, i + 1, 2, epochs[i], 0}, "\"game-" + std::to_string(i) + "\",{}"));
  std::map<std::uint64_t, std::uint64_t> positions;
  std::uint64_t ahead_most = 0;
  for (int turn = 0; turn < 10'000 && (turn == 0 || transports.waits(bob)); ++turn) {
    transports.flush();
    for (const std::string& text : transports.take(bob)) {
      Frame frame;
      REQUIRE(read_frame(text, frame) == ErrorCode::ok);
      if (frame.type != FrameType::event) continue;
      REQUIRE(frame.integers[2] == ++positions[frame.integers[0]]);
    }
    std::uint64_t least = kEvents, most = 0;
    for (const auto& [room, position] : positions) {
      least = std::min(least, position);
      most = std::max(most, position);
    }
    ahead_most = std::max(ahead_most, most - (positions.size() == kRooms ? least : 0));
  }
  CHECK(positions.size() == kRooms);
  for (const auto& [room, position] : positions) CHECK(position == kEvents);
  CHECK(ahead_most <= 2 * kPage);  // none has its third page before each has its first
  CHECK(transports.unsent_max(bob) <= kBehindBytes + 64 * 1024);
  CHECK_FALSE(transports.is_closed(bob));
}

TEST_CASE("F-K04 a room that ends while its page is on its way leaves its turn to the others") {
  Transports transports;
  const ConnectionId ann = transports.greeted();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> rooms;
  for (std::uint64_t i = 0; i < 20; ++i) {
    rooms.push_back(transports.join(ann, "game-" + std::to_string(i)));
    for (int j = 0; j < 3; ++j) transports.publish(ann, rooms.back().first, kMove, payload_of(30'000));
    transports.flush();
  }
  const ConnectionId bob = transports.greeted();
  std::string joins;
  for (std::uint64_t i = 0; i < 8; ++i)
    joins +=
        (i == 0 ? "" : "\n") + frame({FrameType::join, i + 1, 2, rooms[i].second, 0}, "\"game-" + std::to_string(i) + "\",{}");
  transports.pace = 10'000;
  transports.tell(bob, joins);
  for (std::uint64_t i = 0; i < 4; ++i) transports.tell(bob, frame({FrameType::leave, 50 + i, rooms[i].first}));
  for (int turn = 0; turn < 1000 && (turn == 0 || transports.waits(bob)); ++turn) transports.flush();
  std::map<std::uint64_t, int> counts;
  for (const std::string& text : transports.take(bob)) {
    Frame frame;
    REQUIRE(read_frame(text, frame) == ErrorCode::ok);
    if (frame.type == FrameType::event) ++counts[frame.integers[0]];
  }
  for (std::uint64_t i = 4; i < 8; ++i) CHECK(counts[rooms[i].first] == 3);
}

}  // namespace dialogue::testing
