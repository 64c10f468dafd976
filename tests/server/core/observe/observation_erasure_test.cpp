// F-X2: after an erasure nothing that operators see names the user, and what is forgotten counts as forgotten.
#include <catch2/catch.hpp>

#include <algorithm>

#include "server/core/observe/closed_connections.hpp"
#include "server/core/observe/decision_ring.hpp"
#include "server/core/observe/refusal_table.hpp"
#include "server/core/util/whole_word.hpp"
#include "server/replay/replay.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

using What = ObserveQuery::What;

ObserveQuery::Result operators_see(Cluster& cluster, ObserveQuery query) {
  ObserveQuery::Result found;
  cluster.ask(std::move(query), [&](ObserveQuery::Result result) { found = std::move(result); });
  return found;
}

ObserveQuery erasure_query(What what, const std::string& user) {
  ObserveQuery query;
  query.what = what;
  query.user_id = user;
  return query;
}

std::vector<ConnectionState> ended_rows(Cluster& cluster) {
  ObserveQuery query;
  query.is_closed = true;
  query.limit = 50;
  return operators_see(cluster, query).connections;
}

ObserveQuery why_query(const std::string& room, const std::string& user) {
  ObserveQuery query = erasure_query(What::member, user);
  query.room_id = room;
  return query;
}

std::size_t forget_in(Cluster& cluster, const std::string& user) {
  return operators_see(cluster, erasure_query(What::forget, user)).count;
}

}  // namespace

TEST_CASE("F-X2 connections of an erased user are forgotten, and counted while they are open") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  ann.join("chat");
  bob.join("chat");
  CHECK(forget_in(cluster, "ann") == 1);
  ann.lose();
  bob.lose();
  REQUIRE(ended_rows(cluster).size() == 2);
  CHECK(forget_in(cluster, "ann") == 0);
  const auto rows = ended_rows(cluster);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().user_id == "bob");
  CHECK(operators_see(cluster, why_query("chat", "ann")).members.empty());
  CHECK(operators_see(cluster, why_query("chat", "ann")).forgotten_ms > 0);  // so nobody says that ann was never there
}

TEST_CASE("F-X2 rooms that name an erased user are forgotten in what is kept of others") {
  Cluster cluster(1);
  Client bob = cluster.greeted("bob"), carl = cluster.greeted("carl");
  for (Client* each : {&bob, &carl}) {
    each->send(frame({FrameType::leave, 9, each->join("game-ann").room}));
    each->join("game-annual");
  }
  carl.lose();
  forget_in(cluster, "ann");
  const auto open = operators_see(cluster, why_query("game-ann", "bob")).members;
  REQUIRE(open.size() == 1);
  CHECK(open.front().decisions.empty());
  CHECK(open.front().forgotten_ms > 0);
  const auto ended = operators_see(cluster, why_query("game-ann", "carl")).members;
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().decisions.empty());
  CHECK(ended.front().forgotten_ms > 0);
  CHECK(operators_see(cluster, why_query("game-annual", "carl")).members.front().decisions.size() == 1);
}

TEST_CASE("F-X2 an erased user's place in a room ends with the erasure, not with its time") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ann.join("chat");
  ann.lose();
  const auto members = [&] {
    std::size_t count = 0;
    cluster.ask(MembersQuery{"chat", {}}, [&](const MembersQuery::Result& found) { count = found.members.size(); });
    return count;
  };
  REQUIRE(members() == 1);
  Client bob = cluster.greeted("bob");
  bob.join("game-ann");
  bob.join("chat");
  CHECK(members() == 2);
  std::vector<std::string> named;
  cluster.ask(ForgetUser{"ann"}, [&](const ForgetUser::Result& result) { named = result.rooms; });
  CHECK(named == std::vector<std::string>{"game-ann"});
  CHECK(members() == 1);
}

TEST_CASE("F-X2 refusals in rooms that name the user count as others") {
  const CatalogueView catalogue;
  RefusalTable table(catalogue);
  for (const char* room : {"inbox-ann", "user:ann", "annual"})
    table.add("publish", {ErrorCode::forbidden, {}, "$"}, room, 1, 1000);
  table.forget_user("ann");
  const auto rows = table.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows.front().room == "annual");
  CHECK(rows.back().room.empty());
  CHECK(rows.back().count == 2);
}

TEST_CASE("F-X2 a full ring of decisions forgets those about the user's rooms, and keeps the order of the others") {
  DecisionRing ring;
  for (std::uint64_t i = 1; i <= kDecisionsKept + 5; ++i)
    ring.add({DecisionKind::joined, i % 2 == 0 ? "user:ann" : "chat", ErrorCode::ok, kNoEvent, i}, i);
  ring.forget_user("ann");
  const auto left = ring.newest_first();
  CHECK(left.size() == kDecisionsKept / 2);
  CHECK(std::is_sorted(left.begin(), left.end(), [](const auto& a, const auto& b) { return a.at_ms > b.at_ms; }));
  CHECK(std::all_of(left.begin(), left.end(), [](const Decision& each) { return each.room == "chat"; }));
  CHECK(ring.forgotten_ms() == kDecisionsKept + 4);
  ring.add({DecisionKind::left, "chat", ErrorCode::ok}, 100);
  CHECK(ring.newest_first().front().at_ms == 100);
}

TEST_CASE("F-X2 a word is not part of another one, and no text has the empty one") {
  CHECK(has_word("inbox-ann", "ann"));
  CHECK(has_word("ann", "ann"));
  CHECK(has_word("user:ann by key:ops", "ann"));
  CHECK(has_word("annual ann", "ann"));
  CHECK_FALSE(has_word("annual", "ann"));
  CHECK_FALSE(has_word("joann", "ann"));
  CHECK_FALSE(has_word("ann\xC3\xA9", "ann"));
  CHECK_FALSE(has_word("ann", ""));
  CHECK_FALSE(is_room_naming("ann", "ann"));
  CHECK(is_room_naming("user:ann", "ann"));
}

TEST_CASE("F-X2 an erasure is repeated by a replay") {
  Cluster cluster(3);
  cluster.record({});
  Client ann = cluster.greeted("ann");
  ann.join("chat");
  ann.lose();
  cluster.ask(ForgetUser{"ann"}, [](const auto&) {});
  CHECK(forget_in(cluster, "ann") == 0);
  CHECK(replay::verify(cluster.recording(), [](const auto&) {}).sentence == "The same decisions as recorded.");
}

}  // namespace dialogue::testing
