// Several servers on one store: members of each receive what was published at any, once and in the order of the log.
#include "server/core/owner/log_follower.hpp"

#include "tests/server/core/owner/commit_queue_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

std::unique_ptr<ShardConfig> shared_config() {
  auto config = durable_config();
  config->shares_store = true;
  return config;
}

/// Two servers with the same durable rooms.
struct TwoServers {
  explicit TwoServers(std::uint64_t seed = 7, std::uint32_t shards = 1)
      : first(shards, shared_config(), seed), second(shards, shared_config(), seed + 1, first.shared_store()) {}

  /// Until neither has anything left to do.
  void settle() {
    for (int i = 0; i < 64; ++i) {
      first.settle();
      second.settle();
    }
  }
  Cluster first, second;
};

/// The sequences of the events that a client got, in the order of their coming.
std::vector<std::uint64_t> sequences(const Frames& frames) {
  std::vector<std::uint64_t> found;
  for (const std::string& text : frames) {
    Frame frame;
    if (read_frame(text, frame) == ErrorCode::ok && frame.type == FrameType::event) found.push_back(frame.integers[2]);
  }
  return found;
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t seq = 1; seq <= last; ++seq) all.push_back(seq);
  return all;
}

}  // namespace

TEST_CASE("members of a server get what was published at another one") {
  TwoServers servers(7, GENERATE(1u, 3u, 5u));
  Client ann = servers.first.producer("ann"), bob = servers.second.greeted("bob");
  const Joined at_first = ann.join("chat");
  bob.join("chat");
  for (std::uint64_t number = 1; number <= 3; ++number) ann.publish(at_first.room, kMessage, number, kHi);
  servers.settle();
  CHECK(sequences(bob.take()) == up_to(3));
  CHECK(sequences(ann.take()) == up_to(3));
}

TEST_CASE("what two servers publish in one room is one log, and an append that another one came before is repeated") {
  TwoServers servers;
  Client ann = servers.first.producer("ann"), bob = servers.second.producer("bob");
  const Joined at_first = ann.join("chat"), at_second = bob.join("chat");
  ann.take();
  servers.second.lose_announcements(GENERATE(false, true));
  for (std::uint64_t number = 1; number <= 5; ++number) {
    ann.publish(at_first.room, kMessage, number, kHi);
    bob.publish(at_second.room, kMessage, number, kHi);
  }
  servers.settle();
  for (Client* each : {&ann, &bob}) {
    const Frames frames = each->take();
    CHECK(sequences(frames) == up_to(10));
    CHECK(std::count_if(frames.begin(), frames.end(), [](const std::string& text) { return begins(text, {FrameType::ack}); }) ==
          5);
  }
}

TEST_CASE("a client that moves to another server repeats what was not acknowledged, and it is stored once") {
  TwoServers servers;
  Client bob = servers.second.producer("bob");
  bob.join("chat");  // the second server knows the room from before
  Client ann = servers.first.producer("ann");
  const Joined at_first = ann.join("chat");
  for (std::uint64_t number = 1; number <= 2; ++number) ann.publish(at_first.room, kMessage, number, kHi);
  if (GENERATE(true, false)) servers.settle();
  ann.lose();
  Client moved = servers.second.producer("ann");
  const Joined at_second = moved.join("chat");
  moved.publish(at_second.room, kMessage, 2, kHi);
  moved.publish(at_second.room, kMessage, 3, kHi);
  servers.settle();
  const Frames frames = moved.take();
  CHECK(std::count_if(frames.begin(), frames.end(), [](const std::string& text) { return begins(text, {FrameType::ack}); }) == 2);
  CHECK(sequences(bob.take()) == up_to(3));
}

TEST_CASE("a room that was erased at one server ends for the members of the other, who come back to the new log") {
  TwoServers servers;
  Client ann = servers.first.producer("ann"), bob = servers.second.producer("bob");
  const Joined at_first = ann.join("chat"), at_second = bob.join("chat");
  ann.publish(at_first.room, kMessage, 1, kHi);
  servers.settle();
  bob.take();
  ErrorCode code = ErrorCode::closed;
  servers.first.ask(DeleteRoom{"chat"}, [&](ErrorCode result) { code = result; });
  servers.settle();
  CHECK(code == ErrorCode::ok);
  bob.publish(at_second.room, kMessage, 1, kHi);
  servers.settle();
  CHECK(bob.close_code() == 1011);
  CHECK(servers.second.greeted("bob").join("chat").epoch != at_second.epoch);
}

TEST_CASE("what a store was too busy to read is read later, without another announcement") {
  TwoServers servers;
  Client ann = servers.first.producer("ann"), bob = servers.second.greeted("bob");
  const Joined at_first = ann.join("chat");
  bob.join("chat");
  servers.second.store().read_status = StoreStatus::busy;
  ann.publish(at_first.room, kMessage, 1, kHi);
  servers.settle();
  CHECK(bob.take().empty());
  servers.second.store().read_status = StoreStatus::ok;
  servers.second.advance(kLookAgainMs);
  servers.settle();
  CHECK(sequences(bob.take()) == up_to(1));
}

TEST_CASE("with any order of steps, all members get all events once and in order") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    TwoServers servers(seed, 2);
    INFO("seed " << seed);
    servers.first.interleave();
    servers.second.interleave();
    SeededRandom chance(seed);
    std::vector<Client> clients;
    std::vector<Joined> joined;
    for (int i = 0; i < 4; ++i) {
      Cluster& server = i % 2 == 0 ? servers.first : servers.second;
      clients.push_back(server.connect());
      clients.back().send(R"([1,1,0,0,{"identity":{"userId":"u)" + std::to_string(i) + R"("},"producer":{"id":"p"}}])");
      servers.settle();
      clients.back().take();
      clients.back().ask_join(5, "chat");
      servers.settle();
      joined.push_back({});
      for (const std::string& text : clients.back().take()) {
        Frame frame;
        if (read_frame(text, frame) == ErrorCode::ok && frame.type == FrameType::joined) joined.back().room = frame.integers[1];
      }
      REQUIRE(joined.back().room != 0);
    }
    std::array<std::uint64_t, 4> numbers{};
    constexpr int kSteps = 40;
    std::uint64_t published = 0;
    std::array<Frames, 4> got;
    for (int step = 0; step < kSteps; ++step) {
      const std::size_t who = chance.below(clients.size());
      if (chance.below(8) == 0) servers.first.lose_announcements(chance.below(2) == 0);
      clients[who].publish(joined[who].room, kMessage, ++numbers[who], kHi);
      ++published;
    }
    servers.first.lose_announcements(false);
    servers.settle();
    for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {  // after this each server knows of everything
      clients[who].publish(joined[who].room, kMessage, ++numbers[who], kHi);
      ++published;
      servers.settle();
    }
    for (std::size_t i = 0; i < clients.size(); ++i) CHECK(sequences(clients[i].take()) == up_to(published));
  }
}

}  // namespace dialogue::testing
