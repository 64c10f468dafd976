// What operators are told of connections: sorted lists, decisions, those that ended, refusals and busy rooms, each within its
// bound.
#include <catch2/catch.hpp>

#include <set>

#include "server/core/connection/connection.hpp"
#include "server/core/observe/closed_connections.hpp"
#include "server/core/observe/decision_ring.hpp"
#include "server/core/observe/room_rates.hpp"
#include "server/core/shard/shard_observer.hpp"
#include "server/replay/replay.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;

namespace {

using What = ObserveQuery::What;
constexpr std::uint32_t kShards = 3;

ObserveQuery::Result observed(Cluster& cluster, ObserveQuery query) {
  ObserveQuery::Result found;
  bool is_answered = false;
  cluster.ask(std::move(query), [&](ObserveQuery::Result result) {
    found = std::move(result);
    is_answered = true;
  });
  REQUIRE(is_answered);
  return found;
}

ObserveQuery list(ConnectionSort sort, std::uint64_t limit) {
  ObserveQuery query;
  query.sort = sort;
  query.limit = limit;
  return query;
}

/// As the HTTP API puts the shards' parts together.
void sort_rows(std::vector<ConnectionState>& rows, ConnectionSort sort, std::size_t limit) {
  std::sort(rows.begin(), rows.end(), [sort](const auto& a, const auto& b) {
    const auto of_a = sort_value(a, sort, false), of_b = sort_value(b, sort, false);
    return of_a != of_b ? of_a > of_b : a.session_id < b.session_id;
  });
  if (rows.size() > limit) rows.resize(limit);
}

ConnectionDetail detail_of_user(Cluster& cluster, const std::string& user) {
  ObserveQuery query = list(ConnectionSort::lag, 50);
  query.user_id = user;
  const auto rows = observed(cluster, query).connections;
  REQUIRE(rows.size() == 1);
  ObserveQuery one;
  one.what = What::connection;
  one.session_id = rows.front().session_id;
  const auto found = observed(cluster, one).details;
  REQUIRE(found.size() == 1);
  return found.front();
}

bool has(const std::vector<Decision>& decisions, DecisionKind what, const std::string& room, ErrorCode code = ErrorCode::ok) {
  return std::any_of(decisions.begin(), decisions.end(),
                     [&](const Decision& each) { return each.what == what && each.room == room && each.code == code; });
}

}  // namespace

TEST_CASE("10,000 connections are sorted by what waits for them, and pages leave none out and repeat none") {
  constexpr std::size_t kConnections = 10'000, kPage = 50, kSlow = 120;
  auto config = test_config();
  config->limits.connections_max = kConnections + kShards;
  Cluster cluster(kShards, std::move(config));
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kConnections; ++i) clients.push_back(cluster.greeted("user" + std::to_string(i)));
  for (std::size_t i = 0; i < kSlow; ++i) clients[i * 50].backlog(1000 + i, 0);

  std::set<std::string> seen;
  std::uint64_t least = kSafeIntegerMax;
  ObserveQuery query = list(ConnectionSort::queued, kPage);
  for (std::size_t page = 0; page < 4; ++page) {
    auto rows = observed(cluster, query).connections;
    CHECK(rows.size() <= kPage * kShards);
    sort_rows(rows, ConnectionSort::queued, kPage);
    REQUIRE(rows.size() == kPage);
    for (const ConnectionState& row : rows) {
      CHECK(row.queued_bytes <= least);
      least = row.queued_bytes;
      CHECK(seen.insert(row.session_id).second);
    }
    query.after_value = rows.back().queued_bytes;
    query.after_id = rows.back().session_id;
  }
  CHECK(seen.size() == 4 * kPage);
  CHECK(least == 0);  // all slow ones came before
}

TEST_CASE("a list is read in parts, and only a few parts wait") {
  constexpr std::size_t kConnections = 2 * kScanPart + 10;
  auto config = test_config();
  config->limits.connections_max = kConnections + 1;
  Cluster cluster(1, std::move(config));
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kConnections; ++i) clients.push_back(cluster.greeted("user" + std::to_string(i)));
  cluster.interleave();
  std::size_t answered = 0, busy = 0;
  for (std::size_t i = 0; i < 2 * kScansMax + 2; ++i)
    cluster.ask(list(ConnectionSort::age, 5), [&](const ObserveQuery::Result& result) {
      ++answered;
      if (result.is_busy)
        ++busy;
      else
        CHECK(result.connections.size() == 5);
    });
  cluster.settle();
  CHECK(answered == 2 * kScansMax + 2);
  CHECK(busy < answered);
}

TEST_CASE("the list of a user with 5,000 connections is taken in parts, and has all of them") {
  constexpr std::size_t kOfUser = 5000, kPage = 50;
  auto config = test_config();
  config->limits.connections_max = kOfUser + 2;
  config->limits.connections_per_user = 0;
  Cluster cluster(1, std::move(config));
  std::vector<Client> clients;
  clients.push_back(cluster.greeted("aaa"));
  for (std::size_t i = 0; i < kOfUser; ++i) clients.push_back(cluster.greeted("ann"));
  clients.push_back(cluster.greeted("zzz"));
  for (std::size_t i = 0; i < kPage; ++i) clients[1 + i * 100].backlog(1000 + i, 0);
  ObserveQuery query = list(ConnectionSort::queued, kPage);
  query.user_id = "ann";

  cluster.interleave();
  std::vector<ConnectionState> rows;
  bool is_answered = false;
  cluster.ask(query, [&](ObserveQuery::Result result) {
    rows = std::move(result.connections);
    is_answered = true;
  });
  CHECK_FALSE(is_answered);  // the first turn has looked at a part of them
  cluster.settle();
  REQUIRE(is_answered);
  CHECK(rows.size() == kPage);
  for (const ConnectionState& row : rows) CHECK(row.queued_bytes >= 1000);
}

TEST_CASE("the number of a user's queried connections is bounded, and the answer reports it") {
  auto config = test_config();
  config->limits.connections_per_user = 0;
  Cluster cluster(1, std::move(config));
  std::vector<Client> clients;
  ObserveQuery query;
  query.what = What::member;
  query.user_id = "ann";
  query.room_id = "chat";
  for (std::size_t i = 0; i < kMembersAskedMax; ++i) clients.push_back(cluster.greeted("ann"));
  CHECK(observed(cluster, query).members.size() == kMembersAskedMax);
  CHECK_FALSE(observed(cluster, query).has_more);
  clients.push_back(cluster.greeted("ann"));
  CHECK(observed(cluster, query).members.size() == kMembersAskedMax);
  CHECK(observed(cluster, query).has_more);
}

TEST_CASE("a connection's decisions have its joins, refusals with code and event, and its leave") {
  Cluster cluster(kShards);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  CHECK(detail_of_user(cluster, "ann").decisions.size() == 1);  // the join, of which nothing is kept but its time

  ann.publish(chat.room, kMessage, 0, R"({"text":7})");
  ann.ask_join(9, "nowhere");
  const ConnectionDetail detail = detail_of_user(cluster, "ann");
  CHECK(has(detail.decisions, DecisionKind::joined, "chat"));
  CHECK(has(detail.decisions, DecisionKind::refused, "nowhere", ErrorCode::room_unknown));
  const auto refused =
      std::find_if(detail.decisions.begin(), detail.decisions.end(), [](const Decision& each) { return each.event != kNoEvent; });
  REQUIRE(refused != detail.decisions.end());
  CHECK(refused->event == kMessage - 1);
  CHECK(refused->room == "chat");
  REQUIRE(detail.memberships.size() == 1);
  CHECK(detail.memberships.front().joined_ms / 1000 == kStartUnixMs / 1000);

  const auto refusals = [&] {
    ObserveQuery query;
    query.what = What::refusals;
    return observed(cluster, query).refusals;
  }();
  REQUIRE(refusals.size() == 2);
  for (const RefusalCount& row : refusals) {
    CHECK(row.count == 1);
    CHECK((row.request == "publish" ? row.room == "chat" && row.path == "$.text" : row.request == "join"));
  }
  ann.send(frame({FrameType::leave, 11, chat.room}));
  CHECK(has(detail_of_user(cluster, "ann").decisions, DecisionKind::left, "chat"));
}

TEST_CASE("refusals of the application's publications are listed apart from those of clients") {
  Cluster cluster(kShards);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 0, R"({"text":7})");
  for (const char* payload : {R"({"text":7})", R"({"text":8})", kHi})
    cluster.ask(ServerPublish{"chat", "message", payload, "system"}, [](const PublishResult&) {});
  cluster.ask(ServerPublish{"nowhere", "message", kHi, "system"}, [](const PublishResult&) {});
  ObserveQuery query;
  query.what = What::refusals;
  const auto rows = observed(cluster, query).refusals;
  REQUIRE(rows.size() == 3);
  for (const RefusalCount& row : rows) {
    CHECK(row.request == "publish");
    CHECK(row.event == kMessage - 1);
    CHECK(row.room == (row.code == ErrorCode::room_unknown ? "" : "chat"));
    CHECK(row.count == (row.is_application && row.code == ErrorCode::wrong_type ? 2 : 1));
  }
  CHECK(std::count_if(rows.begin(), rows.end(), [](const RefusalCount& row) { return row.is_application; }) == 2);
}

TEST_CASE("a slow member is seen to lag, by how much, and to catch up") {
  Cluster cluster(kShards);
  Client ann = cluster.greeted("ann");
  Client bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  static_cast<void>(bob.join("chat"));
  cluster.hold_drains(true);
  bob.backlog(250 * 1024, 0);
  ann.publish(chat.room, kTyping, 0, "1");
  const std::string large = payload_of(8 * 1024);
  for (int i = 0; i < 3; ++i) ann.publish(chat.room, kNote, 0, large);
  ConnectionDetail detail = detail_of_user(cluster, "bob");
  CHECK(detail.state.is_lagging);
  CHECK(detail.state.behind == 3);
  CHECK(detail.state.queued_bytes == 250 * 1024);
  CHECK(has(detail.decisions, DecisionKind::dropped, "chat"));
  CHECK(has(detail.decisions, DecisionKind::lagging, "chat"));

  auto rows = observed(cluster, list(ConnectionSort::lag, 10)).connections;
  sort_rows(rows, ConnectionSort::lag, 10);
  REQUIRE(rows.size() == 2);
  CHECK(rows.front().user_id == "bob");

  cluster.hold_drains(false);
  bob.backlog(0, 0);
  cluster.settle();
  detail = detail_of_user(cluster, "bob");
  CHECK_FALSE(detail.state.is_lagging);
  CHECK(has(detail.decisions, DecisionKind::caught_up, "chat"));
}

TEST_CASE("connections that ended are kept with their reason and by whom, and can be ended by an operator") {
  Cluster cluster(kShards);
  Client ann = cluster.greeted("ann");
  static_cast<void>(ann.join("chat"));
  const std::string session = detail_of_user(cluster, "ann").state.session_id;
  ObserveQuery end;
  end.what = What::end;
  end.session_id = session;
  end.reason = "enough";
  CHECK(observed(cluster, end).count == 1);
  CHECK(ann.close_code() != 0);
  CHECK(ann.only().find("an operator ended this connection: enough") != std::string::npos);
  Client bob = cluster.greeted("bob");
  bob.lose();

  ObserveQuery closed = list(ConnectionSort::age, 10);
  closed.is_closed = true;
  const auto rows = observed(cluster, closed).connections;
  REQUIRE(rows.size() == 2);
  for (const ConnectionState& row : rows) {
    CHECK(row.closed_ms > 0);
    CHECK(row.initiator == (row.user_id == "ann" ? Initiator::operator_ : Initiator::network));
    CHECK(row.code == (row.user_id == "ann" ? "denied_by_hook" : "connection_lost"));
  }
  ObserveQuery one;
  one.what = What::connection;
  one.session_id = session;
  const auto found = observed(cluster, one).details;
  REQUIRE(found.size() == 1);
  CHECK(found.front().state.reason == "an operator ended this connection: enough");
  REQUIRE(found.front().memberships.size() == 1);
  CHECK(found.front().memberships.front().joined_ms >= found.front().state.since_ms);
  CHECK(has(found.front().decisions, DecisionKind::joined, "chat"));
  for (const Decision& each : found.front().decisions) CHECK(each.at_ms >= found.front().state.since_ms);
  CHECK(observed(cluster, end).count == 0);
}

TEST_CASE("queries of operators are repeated by a replay") {
  Cluster cluster(kShards);
  cluster.record({});
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  ann.publish(chat.room, kMessage, 0, kHi);
  for (const What what : {What::list, What::connection, What::refusals, What::rooms, What::member}) {
    ObserveQuery query = list(ConnectionSort::lag, 5);
    query.what = what;
    query.user_id = what == What::member ? "ann" : "";
    query.room_id = "chat";
    query.event = "message";
    query.payload = kHi;
    query.after_value = kSafeIntegerMax;
    static_cast<void>(observed(cluster, query));
  }
  const std::string recording = cluster.recording();
  CHECK(recording.find("observe_query") != std::string::npos);
  const ReplayReport report = verify(recording, [](const ReplayedInput&) {});
  CHECK(report.outcome == ReplayReport::Outcome::same);
}

TEST_CASE("a connection keeps 20 decisions, newest first, and repeated ones as one") {
  DecisionRing ring;
  for (std::uint64_t i = 0; i < 3; ++i) ring.add({DecisionKind::refused, "chat", ErrorCode::forbidden}, i);
  REQUIRE(ring.newest_first().size() == 1);
  CHECK(ring.newest_first().front().count == 3);
  for (std::uint64_t i = 0; i < 100; ++i) ring.add({DecisionKind::joined, "game-" + std::to_string(i)}, i);
  const auto kept = ring.newest_first();
  REQUIRE(kept.size() == kDecisionsKept);
  CHECK(kept.front().room == "game-99");
  CHECK(kept.back().room == "game-80");
}

TEST_CASE("keys that clients choose neither fill the table of refusals nor are seen in it") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  for (int i = 0; i < 3; ++i) ann.publish(chat.room, kMessage, 0, R"({"text":"hi","secret)" + std::to_string(i) + R"(":1})");
  ObserveQuery query;
  query.what = What::refusals;
  const auto rows = observed(cluster, query).refusals;
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().path == "$.*");
  CHECK(rows.front().count == 3);
}

TEST_CASE("P-43 as many ended connections are kept as there are places, and those that lagged for five minutes") {
  ClosedConnections closed(1);
  const auto ended = [](std::uint64_t at_ms, bool is_lagging) {
    ConnectionDetail detail;
    detail.state.closed_ms = at_ms;
    detail.state.is_lagging = is_lagging;
    return detail;
  };
  const auto lagging = [&closed] {
    std::size_t count = 0;
    closed.for_each([&count](const ConnectionDetail& each) { count += each.state.is_lagging ? 1 : 0; });
    return count;
  };
  for (std::size_t i = 0; i < 10; ++i) closed.add(ended(1000, true));
  CHECK(closed.forgotten_ms() == 0);
  for (std::size_t i = 0; i < 2 * kClosedKept; ++i) closed.add(ended(2000, false));
  CHECK(closed.size() == kClosedKept + 10);
  CHECK(lagging() == 10);
  CHECK(closed.forgotten_ms() == 2000);
  closed.add(ended(1000 + kClosedLaggingMs, false));
  CHECK(lagging() == 0);
  for (std::size_t i = 0; i < 10 * kClosedKept; ++i) closed.add(ended(1000 + kClosedLaggingMs, true));
  CHECK(closed.size() == kClosedKept + kClosedLaggingKept);
}

TEST_CASE("the busiest rooms are found among more rooms than there are places") {
  RoomRates rates;
  constexpr std::uint64_t kWindow = 7;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    rates.count(1000 + i % 1000, kWindow * kRateWindowMs);
    if (i % 20 == 0) rates.count(7, kWindow * kRateWindowMs);
  }
  CHECK(rates.per_second(kWindow * kRateWindowMs).empty());  // the window is not over
  const auto found = rates.per_second((kWindow + 1) * kRateWindowMs);
  REQUIRE(found.size() == kRatedRoomsMax);
  CHECK(found.front().first == 7);
  CHECK(found.front().second > 900);  // it has 1000; a sample is counted
  CHECK(rates.per_second((kWindow + 3) * kRateWindowMs).empty());
}

TEST_CASE("an idle connection in one room has grown by no more than 64 bytes") {
  // 368 bytes and 32 for its membership before there was anything to observe.
  CHECK(sizeof(Connection) + sizeof(Membership) <= 368 + 32 + 64);
}

}  // namespace dialogue::testing
