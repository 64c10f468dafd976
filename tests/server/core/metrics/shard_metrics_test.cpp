// What shards count, on one shard and on three: each metric of the core has a case that makes it move.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using metrics::Metric;
using TransportKind = dialogue::TransportKind;

namespace {

/// Of test_definitions(), in the order of metric_names().
std::size_t place_of_room(const Cluster& cluster, std::string_view id) {
  const auto names = metric_names(cluster.config().catalogue, cluster.config().definitions.rooms);
  return static_cast<std::size_t>(std::find(names.rooms.begin(), names.rooms.end(), id) - names.rooms.begin());
}

std::size_t place_of_pair(const Cluster& cluster, const char* room, const char* event) {
  const auto names = metric_names(cluster.config().catalogue, cluster.config().definitions.rooms);
  const auto found = std::find(names.pairs.begin(), names.pairs.end(), std::pair<std::string, std::string>(room, event));
  return static_cast<std::size_t>(found - names.pairs.begin());
}

std::size_t frames(metrics::Direction direction, FrameType type) {
  return metrics::index_in(Metric::frames_total, direction, type);
}

}  // namespace

TEST_CASE("connections count from their beginning to their end, and users while they have one") {
  const std::uint32_t shards = GENERATE(1u, 3u, 5u);
  Cluster cluster(shards);
  Client silent = cluster.connect();
  CHECK(cluster.metric(Metric::connections_total, TransportKind::websocket) == 1);
  CHECK(cluster.metric(Metric::connection_states, metrics::ConnectionStage::awaiting_hello) == 1);
  Client ann = cluster.greeted("ann"), again = cluster.greeted("ann"),
         bob = cluster.greeted("bob", R"(,"client":"dialogue shell")");
  CHECK(cluster.metric(Metric::connections_total, TransportKind::websocket) == 4);
  CHECK(cluster.metric(Metric::connections_active, TransportKind::websocket) == 4);
  CHECK(cluster.metric(Metric::connection_states, metrics::ConnectionStage::ready) == 3);
  CHECK(cluster.metric(Metric::clients_active, metrics::ClientKind::shell) == 1);
  CHECK(cluster.metric(Metric::users_online) == 2);
  CHECK(cluster.users_seen() == 2);
  CHECK(cluster.observed(Metric::handshake_seconds, metrics::HandshakeStage::hello) == 3);
  CHECK(cluster.observed(Metric::handshake_seconds, metrics::HandshakeStage::welcome) == 3);

  ann.vanish();
  bob.lose();
  silent.violate(ErrorCode::frame_too_large);
  CHECK(cluster.metric(Metric::connections_closed_total, metrics::kEndedByClient) == 1);
  CHECK(cluster.metric(Metric::connections_closed_total, metrics::kEndedByNetwork) == 1);
  CHECK(cluster.metric(Metric::connections_refused_total, metrics::index_of(ErrorCode::frame_too_large)) == 1);
  CHECK(cluster.observed(Metric::connection_duration_seconds, TransportKind::websocket) == 2);
  CHECK(cluster.metric(Metric::users_online) == 1);
  again.violate(ErrorCode::frame_too_large);
  CHECK(cluster.metric(Metric::connections_closed_total, metrics::index_of(ErrorCode::frame_too_large)) == 1);
  CHECK(cluster.users_seen() == 2);
}

TEST_CASE("users are counted also if nothing limits a user's connections") {
  auto config = test_config();
  config->limits.connections_per_user = 0;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann"), again = cluster.greeted("ann"), bob = cluster.greeted("bob");
  CHECK(cluster.metric(Metric::users_online) == 2);
  again.vanish();
  CHECK(cluster.metric(Metric::users_online) == 2);
  ann.vanish();
  CHECK(cluster.metric(Metric::users_online) == 1);
}

TEST_CASE("a full server and a user with too many connections are limit hits, and refused connections") {
  Cluster cluster(1);
  cluster.allow(2, 1);
  Client ann = cluster.greeted("ann");
  Client second = cluster.connect();
  second.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
  CHECK(cluster.metric(Metric::limit_hits_total, metrics::LimitKind::connections_per_user) == 1);
  Client bob = cluster.greeted("bob"), third = cluster.connect();
  CHECK(cluster.metric(Metric::limit_hits_total, metrics::LimitKind::connections) == 1);
  CHECK(cluster.metric(Metric::connections_refused_total, metrics::index_of(ErrorCode::server_full)) == 1);
}

TEST_CASE("publications count by their room's pattern and event, and deliveries by transport") {
  const std::uint32_t shards = GENERATE(1u, 3u, 5u);
  Cluster cluster(shards);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined room = ann.join("chat"), game = ann.join("game-7");
  static_cast<void>(bob.join("chat"));
  ann.publish(room.room, kMessage, 0, kHi);
  ann.publish(room.room, kTyping, 0, "1");
  cluster.settle();
  const std::size_t message = place_of_pair(cluster, "chat", "message"), typing = place_of_pair(cluster, "chat", "typing"),
                    move = place_of_pair(cluster, "game-{id}", "game.move");
  CHECK(cluster.metric(Metric::events_total, move) == 0);
  CHECK(cluster.metric(Metric::events_total, message) == 1);
  CHECK(cluster.metric(Metric::events_total, typing) == 1);
  CHECK(cluster.metric(Metric::deliveries_total, TransportKind::websocket) == 4);
  CHECK(cluster.observed(Metric::events_latency_seconds, message) >= 1);
  CHECK(cluster.observed(Metric::events_latency_seconds, message) <= 2);  // one for each shard with members
  CHECK(cluster.observed(Metric::fanout_members) == 2);
  CHECK(cluster.observed(Metric::publish_ack_seconds, metrics::AckKind::memory) == 1);
  CHECK(cluster.observed(Metric::publish_ack_seconds, metrics::AckKind::volatile_) == 1);
  CHECK(cluster.metric(Metric::frames_total, frames(metrics::Direction::in, FrameType::publish)) == 2);
  CHECK(cluster.metric(Metric::frames_total, frames(metrics::Direction::out, FrameType::event)) == 4);
  CHECK(cluster.metric(Metric::frames_total, frames(metrics::Direction::out, FrameType::welcome)) == 2);
  for (const FrameShape& shape : kFrameShapes) CHECK(static_cast<std::size_t>(shape.type) < metrics::kFrameTypes);  // house 9.3
  ann.publish(game.room, kMove, 0, "1");
  cluster.settle();
  CHECK(cluster.metric(Metric::events_total, move) == 1);
}

TEST_CASE("a publication to a durable room is acknowledged as a commit") {
  auto config = test_config();
  config->has_durable_store = true;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined room = ann.join("chat");
  ann.publish(room.room, kMessage, 0, kHi);
  cluster.settle();
  CHECK(cluster.observed(Metric::publish_ack_seconds, metrics::AckKind::commit) == 1);
}

TEST_CASE("rooms and their members count by pattern, until they are removed") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const std::size_t game = place_of_room(cluster, "game-{id}"), chat = place_of_room(cluster, "chat");
  CHECK(cluster.metric(Metric::rooms_active, chat) == 1);
  CHECK(cluster.metric(Metric::rooms_active, game) == 0);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  static_cast<void>(ann.join("game-1"));
  static_cast<void>(bob.join("game-1"));
  static_cast<void>(bob.join("game-2"));
  CHECK(cluster.metric(Metric::rooms_active, game) == 2);
  CHECK(cluster.metric(Metric::rooms_size, game) == 3);
  CHECK(cluster.metric(Metric::sessions_held) == 0);
  bob.lose();
  CHECK(cluster.metric(Metric::sessions_held) == 2);
  CHECK(cluster.metric(Metric::rooms_size, game) == 3);
  ann.vanish();
  cluster.advance(3'600'000);
  CHECK(cluster.metric(Metric::sessions_held) == 0);
  CHECK(cluster.metric(Metric::rooms_size, game) == 0);
  CHECK(cluster.metric(Metric::rooms_active, game) == 0);
}

TEST_CASE("a room made at run time counts as other") {
  Cluster cluster(1);
  CreateRoom create;
  create.definition.id = "made";
  create.definition.events = {"message"};
  cluster.ask(std::move(create), [](ErrorCode code) { CHECK(code == ErrorCode::ok); });
  CHECK(cluster.metric(Metric::rooms_active, metrics::kRoomSeriesMax) == 1);
  Client ann = cluster.greeted("ann");
  const Joined room = ann.join("made");
  ann.publish(room.room, kMessage, 0, kHi);
  CHECK(cluster.metric(Metric::events_total, metrics::kPairSeriesMax) == 1);
  DeleteRoom remove;
  remove.room_id = "made";
  cluster.ask(std::move(remove), [](ErrorCode code) { CHECK(code == ErrorCode::ok); });
  CHECK(cluster.metric(Metric::rooms_active, metrics::kRoomSeriesMax) == 0);
  CHECK(cluster.metric(Metric::rooms_size, metrics::kRoomSeriesMax) == 0);
}

TEST_CASE("refused and repeated publications count") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.producer("ann");
  const Joined room = ann.join("chat");
  ann.publish(room.room, kMessage, 1, kHi);
  ann.publish(room.room, kMessage, 1, kHi);
  ann.publish(room.room, kMessage, 2, "{}");
  cluster.settle();
  CHECK(cluster.metric(Metric::publications_duplicate_total) == 1);
  CHECK(cluster.metric(Metric::publications_refused_total, metrics::index_of(ErrorCode::required_missing)) == 1);
}

TEST_CASE("a full room is a limit hit") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), cat = cluster.greeted("cat");
  static_cast<void>(ann.join("small"));
  static_cast<void>(bob.join("small"));
  cat.ask_join(1, "small");
  CHECK(cluster.metric(Metric::limit_hits_total, metrics::LimitKind::room_size) == 1);
}

TEST_CASE("limits of joins, of rooms, of reads and of publications count by their kind") {
  auto config = test_config();
  config->definitions.client_limits.joins_per_second = 2;
  config->definitions.client_limits.reads = RateLimit{1, 1000};
  config->definitions.client_limits.bytes_per_second = 100;
  config->limits.rooms_per_connection_max = 3;
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  const auto hits = [&](metrics::LimitKind kind) { return cluster.metric(Metric::limit_hits_total, kind); };
  const Joined room = ann.join("chat");
  static_cast<void>(ann.join("small"));
  ann.ask_join(1, "picky");
  CHECK(hits(metrics::LimitKind::join) == 1);
  cluster.advance(1'000);
  static_cast<void>(ann.join("picky"));
  ann.ask_join(2, "game-1");
  CHECK(hits(metrics::LimitKind::rooms_per_connection) == 1);
  ann.send("[8,3]");
  ann.send("[8,4]");
  CHECK(hits(metrics::LimitKind::read) == 1);
  for (int i = 0; i < 100; ++i) ann.publish(room.room, kMessage, 0, kHi);
  CHECK(hits(metrics::LimitKind::publish) > 0);
}

TEST_CASE("a volatile event beyond a member's credit is dropped, and counted") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined room = ann.join("chat");
  static_cast<void>(bob.join("chat"));
  ann.publish(room.room, kMessage, 0, kHi);
  bob.send(frame({FrameType::credit, room.room, 1}));
  ann.publish(room.room, kTyping, 0, "1");
  CHECK(cluster.metric(Metric::deliveries_dropped_total, metrics::DropReason::credit) == 1);
}

TEST_CASE("a ping's answer is timed") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  cluster.advance(cluster.config().limits.ping_interval_ms + 1'000);
  REQUIRE(ann.pings() == 1);
  ann.pong();
  CHECK(cluster.observed(Metric::ping_rtt_seconds) == 1);
  ann.pong();
  CHECK(cluster.observed(Metric::ping_rtt_seconds) == 1);
}

TEST_CASE("members that lag count, with what becomes of them, and volatile events that they do not get") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined room = ann.join("chat");
  static_cast<void>(bob.join("chat"));
  cluster.hold_drains(true);
  bob.backlog(300'000, 10);
  CHECK(cluster.metric(Metric::send_queue_bytes) == 300'000);
  ann.publish(room.room, kTyping, 0, "1");
  CHECK(cluster.metric(Metric::deliveries_dropped_total, metrics::DropReason::backlog) == 1);
  ann.publish(room.room, kMessage, 0, kHi);
  CHECK(cluster.metric(Metric::members_lagging) == 1);
  CHECK(cluster.metric(Metric::member_lag_transitions_total, metrics::LagChange::lagging) == 1);
  cluster.hold_drains(false);
  cluster.settle();
  CHECK(cluster.metric(Metric::members_lagging) == 0);
  CHECK(cluster.metric(Metric::member_lag_transitions_total, metrics::LagChange::caught_up) == 1);
  cluster.hold_drains(true);
  bob.backlog(300'000, 10);
  ann.publish(room.room, kMessage, 0, kHi);
  bob.lose();
  CHECK(cluster.metric(Metric::members_lagging) == 0);
  CHECK(cluster.metric(Metric::member_lag_transitions_total, metrics::LagChange::left) == 1);
}

TEST_CASE("joins from a position count by whether everything since can be recovered") {
  Cluster cluster(1, config_keeping(2));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob"), cat = cluster.greeted("cat");
  const Joined room = ann.join("chat");
  for (int i = 0; i < 4; ++i) ann.publish(room.room, kMessage, 0, kHi);
  const auto join_since = [&](Client& client, std::uint64_t seq) {
    client.send(R"([2,1,2,)" + std::to_string(room.epoch) + "," + std::to_string(seq) + R"(,"chat",{}])");
  };
  join_since(bob, 3);
  join_since(cat, 1);
  cluster.settle();
  CHECK(cluster.metric(Metric::recoveries_total, metrics::Recovery::recovered) == 1);
  CHECK(cluster.metric(Metric::recoveries_total, metrics::Recovery::trimmed) == 1);
  CHECK(cluster.observed(Metric::recovered_events) == 2);
}

TEST_CASE("definitions beyond the hundredth count as other, and that is counted") {
  auto config = test_config();
  const RoomDefinition chat = config->definitions.rooms.front();
  for (std::size_t i = 0; i < metrics::kRoomSeriesMax; ++i) {
    RoomDefinition room = chat;
    room.id = "more" + std::to_string(i);
    config->definitions.rooms.push_back(room);
  }
  const auto names = metric_names(config->catalogue, config->definitions.rooms);
  CHECK(names.rooms.size() == metrics::kRoomSeriesMax);
  CHECK(names.pairs.size() == metrics::kPairSeriesMax);
  const std::size_t rooms = config->definitions.rooms.size();
  Cluster cluster(3, std::move(config));
  CHECK(cluster.metric(Metric::metric_overflow_total, metrics::Overflow::rooms) == rooms - metrics::kRoomSeriesMax);
  CHECK(cluster.metric(Metric::metric_overflow_total, metrics::Overflow::events) > 0);
}

}  // namespace dialogue::testing
