// The state of a cluster, entry by entry.
#include "server/cluster/cluster_state.hpp"

#include <catch2/catch.hpp>

namespace dialogue::testing {

using namespace cluster;

namespace {

const std::string kSelf = "0000000000000001", kOther = "0000000000000002", kThird = "0000000000000003";

core::PresentUser user_named(const std::string& id) { return {id, "name of " + id, ""}; }

/// A state of three nodes that know each other.
struct KnownNodes {
  KnownNodes() {
    for (const std::string& node : {kSelf, kOther, kThird}) apply(node, Hello{{node, 1, "1", "c"}});
  }
  StateChange apply(const std::string& from, const Entry& entry) { return state.apply(from, entry, ++now_ms); }
  std::uint64_t now_ms = 100;
  ClusterState state{kSelf};
};

std::vector<std::string> ids_of(const std::vector<core::PresentUser>& users) {
  std::vector<std::string> ids;
  for (const core::PresentUser& user : users) ids.push_back(user.user_id);
  return ids;
}

using Ids = std::vector<std::string>;

TEST_CASE("a node is known from its Hello or Here until its Bye, or until it is gone") {
  ClusterState state(kSelf);
  CHECK_FALSE(state.apply(kOther, Beat{}, 5).has_nodes_changed);
  CHECK_FALSE(state.knows(kOther));
  CHECK(state.heard() == std::map<std::string, std::uint64_t>{{kOther, 5}});
  CHECK(state.apply(kOther, Hello{{kOther, 3, "1", "c"}}, 6).has_nodes_changed);
  CHECK_FALSE(state.apply(kOther, Here{{kOther, 3, "1", "c"}, {kThird}}, 7).has_nodes_changed);
  CHECK(state.heard().contains(kThird));
  CHECK_FALSE(state.knows(kThird));
  REQUIRE(state.nodes().size() == 1);
  CHECK(state.nodes()[0].facts.shards == 3);
  CHECK(state.nodes()[0].last_seen_ms == 7);
  CHECK(state.apply(kOther, Here{{kOther, 4, "1", "c"}, {}}, 8).has_nodes_changed);
  CHECK(state.apply(kThird, Here{{kThird, 1, "1", "c"}, {}}, 8).has_nodes_changed);
  CHECK(state.apply(kThird, Gone{kOther}, 9).has_nodes_changed);
  CHECK_FALSE(state.knows(kOther));
  CHECK(state.apply(kThird, Bye{}, 9).has_nodes_changed);
  CHECK(state.heard().empty());
}

TEST_CASE("what an unknown node reports of rooms changes nothing") {
  ClusterState state(kSelf);
  CHECK(state.apply(kOther, Share{"r", 3, {user_named("u")}}, 1).rooms.empty());
  CHECK(state.apply(kOther, Change{"r", 3, {user_named("u")}, {}}, 1).rooms.empty());
  CHECK(state.apply(kOther, Claim{"r", 1, 2, 0}, 1).verdict == true);
  CHECK(state.seats("r") == 0);
  CHECK(state.room_count() == 0);
}

TEST_CASE("a place is granted while fewer are taken, and counts as the claimer's") {
  KnownNodes nodes;
  CHECK(nodes.apply(kSelf, Claim{"r", 1, 2, 0}).verdict == true);
  const StateChange second = nodes.apply(kOther, Claim{"r", 1, 2, 1});
  CHECK(second.verdict == true);
  REQUIRE(second.rooms.size() == 1);
  CHECK(second.rooms[0].other_seats == 1);
  const StateChange third = nodes.apply(kThird, Claim{"r", 9, 2, 2});
  CHECK(third.verdict == false);
  CHECK(third.rooms.empty());
  CHECK(nodes.state.seats("r") == 2);
  CHECK(nodes.state.other_seats("r") == 1);
  nodes.apply(kOther, Release{"r", 5});
  CHECK(nodes.state.seats("r") == 1);
  CHECK(nodes.apply(kSelf, Release{"r", 1}).rooms.empty());
  CHECK(nodes.state.room_count() == 0);
}

TEST_CASE("a user joins with the first other node and leaves with the last") {
  KnownNodes nodes;
  nodes.apply(kSelf, Change{"r", 1, {user_named("u")}, {}});
  const StateChange first = nodes.apply(kOther, Change{"r", 1, {user_named("u")}, {}});
  REQUIRE(first.rooms.size() == 1);
  CHECK(ids_of(first.rooms[0].joined) == Ids{"u"});
  CHECK(first.rooms[0].other_seats == 1);
  const StateChange second = nodes.apply(kThird, Change{"r", 1, {user_named("u")}, {}});
  REQUIRE(second.rooms.size() == 1);
  CHECK(second.rooms[0].joined.empty());
  CHECK(second.rooms[0].other_seats == 2);
  CHECK(nodes.apply(kOther, Change{"r", 0, {}, {"u"}}).rooms.empty());
  const StateChange last = nodes.apply(kThird, Gone{kThird});
  REQUIRE(last.rooms.size() == 1);
  CHECK(last.rooms[0].left == Ids{"u"});
  CHECK(last.rooms[0].other_seats == 1);
  CHECK(nodes.state.part(kSelf, "r")->users.size() == 1);
}

TEST_CASE("a Share replaces the sender's part, within its bounds, and reports the difference") {
  KnownNodes nodes;
  nodes.apply(kOther, Share{"r", 2, {user_named("a"), user_named("c"), user_named("e")}});
  CHECK(nodes.apply(kOther, Share{"r", 2, {user_named("a"), user_named("c"), user_named("e")}}).rooms.empty());
  const StateChange middle = nodes.apply(kOther, Share{"r", 3, {user_named("b"), user_named("d")}, "a", "d"});
  REQUIRE(middle.rooms.size() == 1);
  CHECK(ids_of(middle.rooms[0].joined) == Ids{"b", "d"});
  CHECK(middle.rooms[0].left == Ids{"c"});
  const RoomPart* const part = nodes.state.part(kOther, "r");
  REQUIRE(part != nullptr);
  Ids users;
  for (const auto& [id, user] : part->users) users.push_back(id);
  CHECK(users == Ids{"a", "b", "d", "e"});
  nodes.apply(kOther, Share{"r", 0, {}});
  CHECK(nodes.state.room_count() == 0);
}

TEST_CASE("a Hello of a known node empties its part") {
  KnownNodes nodes;
  nodes.apply(kOther, Share{"r", 2, {user_named("a")}});
  nodes.apply(kOther, Share{"s", 1, {}});
  const StateChange again = nodes.apply(kOther, Hello{{kOther, 1, "1", "c"}});
  CHECK_FALSE(again.has_nodes_changed);
  CHECK(again.rooms.size() == 2);
  CHECK(nodes.state.room_count() == 0);
}

TEST_CASE("there are never fewer seats than none") {
  KnownNodes nodes;
  nodes.apply(kOther, Change{"r", 2, {}, {}});
  nodes.apply(kOther, Change{"r", -9007199254740991, {}, {}});
  CHECK(nodes.state.seats("r") == 0);
}

TEST_CASE("the number of nodes in a cluster is limited") {
  ClusterState state(kSelf);
  std::string id;
  for (std::size_t i = 0; i < 3 * kNodesMax; ++i) {
    id = std::to_string(1000000000000000 + i);
    state.apply(id, Hello{{id, 1, "", ""}}, 1);
  }
  CHECK(state.nodes().size() == kNodesMax);
  CHECK_FALSE(state.knows(id));
  CHECK(state.heard().size() == 2 * kNodesMax);
}

TEST_CASE("what is forgotten of other nodes is reported, and they stay heard of") {
  KnownNodes nodes;
  nodes.apply(kOther, Share{"r", 2, {user_named("a")}});
  nodes.apply(kSelf, Share{"r", 1, {user_named("b")}});
  const StateChange change = nodes.state.forget(500);
  CHECK(change.has_nodes_changed);
  REQUIRE(change.rooms.size() == 1);
  CHECK(change.rooms[0].left == Ids{"a"});
  CHECK(change.rooms[0].other_seats == 0);
  CHECK(nodes.state.nodes().empty());
  CHECK(nodes.state.room_count() == 0);
  CHECK(nodes.state.heard() == std::map<std::string, std::uint64_t>{{kOther, 500}, {kThird, 500}});
}

}  // namespace
}  // namespace dialogue::testing
