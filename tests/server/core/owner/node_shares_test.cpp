// A room's members over the nodes of a cluster: presence, size and places.
#include "server/core/owner/node_shares.hpp"

#include "tests/server/core/owner/commit_queue_kit.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::unique_ptr<ShardConfig> node_config() {
  auto config = durable_config();
  config->shares_store = true;
  return config;
}

/// One node, and the news that it has for the others.
struct OneNode {
  OneNode() {
    node.tell_nodes = [this](NodeNews told) { news.push_back(std::move(told)); };
  }
  template <typename Kind>
  std::vector<Kind> take() {
    std::vector<Kind> found;
    for (NodeNews& each : news)
      if (auto* kind = std::get_if<Kind>(&each)) found.push_back(std::move(*kind));
    std::erase_if(news, [](const NodeNews& each) { return std::holds_alternative<Kind>(each); });
    return found;
  }
  void grant(const PlaceClaim& claim, bool is_granted) {
    node.post(PlaceVerdict{claim.room_id, claim.ticket, is_granted});
    node.settle();
  }
  std::vector<NodeNews> news;
  Cluster node{1, node_config()};
};

}  // namespace

TEST_CASE("who joins and leaves a room is news for the other nodes, coalesced") {
  OneNode one;
  Client ann = one.node.greeted("ann"), bob = one.node.greeted("bob"), again = one.node.greeted("ann");
  ann.join("chat");
  bob.join("chat");
  again.join("chat");
  one.node.advance(kShareDelayMs);
  auto news = one.take<MembersChange>();
  REQUIRE(news.size() == 1);
  CHECK(news[0].room_id == "chat");
  CHECK(news[0].places_change == 3);
  CHECK(news[0].joined.size() == 2);
  ann.vanish();
  bob.vanish();
  one.node.advance(kShareDelayMs);
  news = one.take<MembersChange>();
  REQUIRE(news.size() == 1);
  CHECK(news[0].places_change == -2);
  CHECK(news[0].left == std::vector<std::string>{"bob"});
}

TEST_CASE("members at other nodes are shown, counted and leave as those of this node do") {
  OneNode one;
  Client ann = one.node.greeted("ann");
  one.node.post(OtherMembers{"chat", 2, {{"bob", "", ""}}, {}});
  one.node.settle();
  const Joined chat = ann.join("chat");
  CHECK(chat.object.find("\"bob\"") != std::string::npos);
  std::uint64_t size = 0;
  one.node.ask(RoomsQuery{}, [&size](const std::vector<RoomInfo>& rooms) {
    for (const RoomInfo& room : rooms)
      if (room.id == "chat") size = room.size;
  });
  one.node.settle();
  CHECK(size == 3);
  Client here = one.node.greeted("bob");
  here.join("chat");
  one.node.advance(kPresenceBurstDelayMs);
  ann.take();
  here.vanish();  // the other node still has bob
  one.node.advance(kPresenceBurstDelayMs);
  CHECK(ann.take().empty());
  one.node.post(OtherMembers{"chat", 0, {}, {"bob"}});
  one.node.advance(kPresenceBurstDelayMs);
  CHECK(ann.only().find("bob") != std::string::npos);
}

TEST_CASE("a place in a room with a bound is claimed from all nodes, and given back when its member leaves") {
  OneNode one;
  Client ann = one.node.greeted("ann");
  ann.ask_join(1, "small");
  CHECK(ann.take().empty());
  auto claims = one.take<PlaceClaim>();
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].places_max == 2);
  SECTION("granted") {
    one.grant(claims[0], true);
    CHECK(begins(ann.only(), {FrameType::joined, 1}));
    ann.vanish();
    one.node.advance(kShareDelayMs);
    const auto released = one.take<PlaceRelease>();
    REQUIRE(released.size() == 1);
    CHECK(released[0].count == 1);
  }
  SECTION("refused") {
    one.grant(claims[0], false);
    CHECK(ann.only() == refused(1, ErrorCode::room_full, "2"));
    one.node.advance(kShareDelayMs);
    CHECK(one.take<PlaceRelease>().empty());
  }
  SECTION("granted after its client has gone") {
    ann.vanish();
    one.grant(claims[0], true);
    one.node.advance(kShareDelayMs);
    CHECK(one.take<PlaceRelease>().size() == 1);
  }
  SECTION("a verdict that nobody waits for is given back") {
    one.grant({"small", claims[0].ticket + 1, 2}, true);
    CHECK(one.take<PlaceRelease>().size() == 1);
  }
}

TEST_CASE("a volatile event reaches the members of all nodes") {
  OneNode one;
  Client ann = one.node.producer("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kTyping, 0, "1");
  const auto told = one.take<VolatileEvent>();
  REQUIRE(told.size() == 1);
  ann.take();
  one.node.post(VolatileEvent{told[0]});
  one.node.settle();
  CHECK(begins(ann.only(), {FrameType::event, chat.room, kTyping, 0}));
}

}  // namespace dialogue::testing
