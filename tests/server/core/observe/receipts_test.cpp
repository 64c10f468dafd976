// Receipts: up to where the transports of members took a room's log, noted when asked for and when a membership ends, in batches.
#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "server/core/connection/receipt_book.hpp"
#include "server/core/shard/shard_observer.hpp"
#include "server/replay/replay.hpp"
#include "tests/server/core/session/catch_up_kit.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

struct KeptReceipts final : ReceiptSink {
  [[nodiscard]] bool has_room() const override { return takes_more; }
  void keep(std::vector<Receipt> receipts) override {
    largest = std::max(largest, receipts.size());
    for (Receipt& each : receipts) all.push_back(std::move(each));
  }
  /// Those that came since, "ann chat 1-2".
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (const Receipt& each : all)
      texts.push_back(each.user_id + " " + each.room + " " + std::to_string(each.first) + "-" + std::to_string(each.last));
    std::sort(texts.begin(), texts.end());
    all.clear();
    return texts;
  }
  std::vector<Receipt> all;
  std::size_t largest = 0;
  bool takes_more = true;
};

using Texts = std::vector<std::string>;

struct World {
  explicit World(std::uint32_t shards, std::size_t connections = 100) : cluster(shards, make_config(connections)) {}
  std::unique_ptr<ShardConfig> make_config(std::size_t connections) {
    auto config = test_config();
    config->receipts = kept;
    config->limits.connections_max = connections;
    return config;
  }
  /// As the server does each interval.
  Texts note() {
    ObserveQuery query;
    query.what = ObserveQuery::What::receipts;
    cluster.ask(std::move(query), [](const ObserveQuery::Result&) {});
    return kept->take();
  }
  std::shared_ptr<KeptReceipts> kept = std::make_shared<KeptReceipts>();
  Cluster cluster;
};

}  // namespace

TEST_CASE("each interval records newly received ranges, and nothing for members without any") {
  World world(GENERATE(1u, 3u, 5u));
  Client ann = world.cluster.greeted("ann"), bob = world.cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  CHECK(world.note().empty());
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.publish(chat.room, kMessage, 0, kHi);
  bob.join("chat");  // from here on
  CHECK(world.note() == Texts{"ann chat 1-2"});
  CHECK(world.note().empty());
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.publish(chat.room, kTyping, 0, "1");  // volatile: it has no sequence
  CHECK(world.note() == Texts{"ann chat 3-3", "bob chat 3-3"});
  CHECK(world.kept->all.empty());
}

TEST_CASE("a membership that ends is noted, by LEAVE and by a lost connection alike") {
  World world(1);
  Client ann = world.cluster.greeted("ann"), bob = world.cluster.greeted("bob"), cleo = world.cluster.greeted("cleo");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cleo.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  ann.send(frame({FrameType::leave, 9, chat.room}));
  bob.lose();
  CHECK(world.note() == Texts{"ann chat 1-1", "bob chat 1-1", "cleo chat 1-1"});
  world.cluster.ask(KickUser{"cleo", "enough"}, [](std::size_t) {});
  CHECK(world.note().empty());  // there was nothing since
}

TEST_CASE("what waits to be sent is not noted before it was taken, not even when the connection is lost") {
  World world(1);
  Client ann = world.cluster.greeted("ann"), bob = world.cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  bob.backlog(1000, 0);
  CHECK(world.note() == Texts{"ann chat 1-1"});
  bob.backlog(0, 0);
  CHECK(world.note() == Texts{"bob chat 1-1"});
  ann.publish(chat.room, kMessage, 0, kHi);
  bob.backlog(1000, 0);
  bob.lose();
  CHECK(world.note() == Texts{"ann chat 2-2"});
}

TEST_CASE("sequences that a member was notified to skip are in no receipt") {
  auto config = durable_config_keeping(10);
  const auto kept = std::make_shared<KeptReceipts>();
  config->receipts = kept;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  bob.send(frame({FrameType::credit, chat.room, 3}));
  publish(ann, chat, 20);
  CHECK(told(bob.take()) == " 1 2 3");
  bob.send(frame({FrameType::credit, chat.room, kSafeIntegerMax}));
  CHECK(told(bob.take()) == " gap(4-10:81) 11 12 13 14 15 16 17 18 19 20");
  publish(ann, chat, 1);
  bob.lose();
  ann.lose();
  ObserveQuery query;
  query.what = ObserveQuery::What::receipts;
  cluster.ask(std::move(query), [](const ObserveQuery::Result&) {});
  CHECK(kept->take() == Texts{"ann chat 1-21", "bob chat 1-3", "bob chat 11-21"});
}

TEST_CASE("receipts come in batches of a bounded size, and those that cannot be kept now are noted later") {
  constexpr std::size_t kMembers = 3 * kReceiptsPerBatch;
  World world(1, kMembers + 2);
  std::vector<Client> members;
  Joined chat;
  for (std::size_t i = 0; i < kMembers; ++i) {
    members.push_back(world.cluster.greeted("user" + std::to_string(i)));
    chat = members.back().join("chat");
  }
  members.front().publish(chat.room, kMessage, 0, kHi);
  world.kept->takes_more = false;
  CHECK(world.note().empty());
  world.kept->takes_more = true;
  CHECK(world.note().size() == kMembers);
  CHECK(world.kept->largest == kReceiptsPerBatch);
}

TEST_CASE("forgetting a user records all receipts first") {
  const std::uint32_t shards = GENERATE(1u, 3u, 5u);
  World world(shards);
  Client ann = world.cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  world.cluster.ask(KickUser{"ann", "erased"}, [](std::size_t) {});
  for (std::uint32_t shard = 0; shard < shards; ++shard)
    world.cluster.ask(
        ForgetUser{"ann"}, [](const auto&) {}, shard);
  CHECK(world.kept->take() == Texts{"ann chat 1-1"});
}

TEST_CASE("a recording of a server with receipts replays without them to the same decisions") {
  World world(3);
  world.cluster.record({});
  Client ann = world.cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  CHECK(world.note() == Texts{"ann chat 1-1"});
  CHECK(replay::verify(world.cluster.recording(), [](const auto&) {}).sentence == "The same decisions as recorded.");
}

}  // namespace dialogue::testing
