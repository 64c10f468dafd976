// Rooms that are defined, made by a pattern, or made and deleted at run time; and when a pattern's room is freed.
#include "server/core/room/room_registry.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "tests/server/core/support/cluster.hpp"
#include "tests/server/store/support/store_kit.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

RoomDefinition runtime_room(std::string id, std::vector<std::string> events = {"note"}) {
  RoomDefinition definition;
  definition.id = std::move(id);
  definition.events = std::move(events);
  return definition;
}

ErrorCode create(Cluster& cluster, RoomDefinition definition) {
  ErrorCode code = ErrorCode::internal;
  cluster.ask(CreateRoom{std::move(definition)}, [&code](ErrorCode result) { code = result; });
  return code;
}

ErrorCode remove(Cluster& cluster, std::string id) {
  ErrorCode code = ErrorCode::internal;
  cluster.ask(DeleteRoom{std::move(id)}, [&code](ErrorCode result) { code = result; });
  return code;
}

}  // namespace

TEST_CASE("a pattern serves every id it matches, and the longest literal prefix wins") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  CHECK(ann.join("game-1").object.find(R"("roomId":"game-1","name":"Game")") != std::string::npos);
  CHECK(ann.join("game-vip-1").object.find(R"("name":"VIP")") != std::string::npos);
  CHECK(ann.join("game-vip-").object.find(R"("name":"Game")") != std::string::npos);
  ann.ask_join(1, "game-");
  CHECK(ann.only() == refused(1, ErrorCode::room_unknown, "game-"));
  ann.ask_join(1, "game-{id}");
  CHECK(ann.only() == refused(1, ErrorCode::name_invalid));
}

TEST_CASE("a room made at run time exists for all clients, until it is deleted") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  RoomDefinition definition = runtime_room("party");
  definition.max_size = 1;
  definition.name = "Party";
  CHECK(create(cluster, definition) == ErrorCode::ok);
  CHECK(create(cluster, definition) == ErrorCode::room_exists);
  const Joined party = ann.join("party");
  CHECK(party.object.rfind(R"({"roomId":"party","name":"Party","maxSize":1,)", 0) == 0);
  Client bob = cluster.greeted("bob");
  bob.ask_join(1, "party");
  CHECK(bob.only() == refused(1, ErrorCode::room_full, "1"));
  CHECK(remove(cluster, "party") == ErrorCode::ok);
  CHECK(ann.only() == frame({FrameType::left, 0, party.room, number(ErrorCode::room_deleted)}));
  CHECK(create(cluster, definition) == ErrorCode::ok);
  const Joined again = ann.join("party");
  CHECK(again.room != party.room);
  CHECK(again.epoch != party.epoch);
}

TEST_CASE("R-55 a connection has a limit of rooms, and rooms that it made are deleted a minute after they are empty") {
  Cluster cluster(3);
  const auto rooms = [&cluster] {
    std::size_t count = 0;
    cluster.ask(RoomsQuery{}, [&count](std::vector<RoomInfo> list) { count = list.size(); });
    return count;
  };
  const std::size_t defined = rooms();
  std::size_t made = 0, most = 0;
  for (const std::size_t whole = share_of(1'000'000); made < whole;) {
    Client eve = cluster.greeted("eve");
    for (std::size_t i = 0; i < kRoomsPerConnectionMax; ++i) eve.join("game-" + std::to_string(++made));
    eve.ask_join(1, "game-more");
    CHECK(eve.only() == refused(1, ErrorCode::too_many_rooms, std::to_string(kRoomsPerConnectionMax)));
    most = std::max(most, rooms());
    eve.vanish();
    cluster.advance(kRoomIdleMs / 4);
  }
  CHECK(most > defined + kRoomsPerConnectionMax);
  CHECK(most <= defined + 6 * kRoomsPerConnectionMax);
  cluster.advance(2 * kRoomIdleMs);
  CHECK(rooms() == defined);
}

TEST_CASE("a room that cannot be is not made") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  CHECK(create(cluster, runtime_room("chat")) == ErrorCode::room_exists);
  CHECK(create(cluster, runtime_room("a b")) == ErrorCode::name_invalid);
  CHECK(create(cluster, runtime_room("game-{id}")) == ErrorCode::name_invalid);
  CHECK(create(cluster, runtime_room("")) == ErrorCode::name_invalid);
  RoomDefinition unnamed = runtime_room("party");
  unnamed.name = GENERATE("a\nb", "\xFF");
  CHECK(create(cluster, unnamed) == ErrorCode::name_invalid);
  CHECK(create(cluster, runtime_room("party", {"note", "dance"})) == ErrorCode::event_unknown);
  CHECK(remove(cluster, "party") == ErrorCode::room_unknown);
}

TEST_CASE("F-N24 a predefined room that is deleted exists again immediately, empty and with a new epoch") {
  auto config = test_config();
  config->has_durable_store = GENERATE(false, true);
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined before = ann.join("chat");
  ann.publish(before.room, kNote, 1, "1");
  ann.take();
  CHECK(remove(cluster, "chat") == ErrorCode::ok);
  CHECK(ann.only() == frame({FrameType::left, 0, before.room, number(ErrorCode::room_deleted)}));
  CHECK(create(cluster, runtime_room("chat")) == ErrorCode::room_exists);
  const Joined after = ann.join("chat");
  CHECK(after.room != before.room);
  CHECK(after.epoch != before.epoch);
  CHECK(after.head == 0);
}

TEST_CASE("F-K18 a room is stored before its creation is reported, and again after the next start") {
  const std::uint32_t shards = GENERATE(1u, 3u, 5u);
  auto config = test_config();
  config->has_durable_store = true;
  Cluster cluster(shards, std::move(config));
  Client ann = cluster.greeted("ann");
  cluster.store().held = true;
  ErrorCode first = ErrorCode::internal, second = ErrorCode::internal;
  RoomDefinition party = runtime_room("party");
  party.name = "Party";
  party.max_size = 2;
  party.access.join = Grants{"user:ann"};
  cluster.ask(CreateRoom{party}, [&first](ErrorCode code) { first = code; });
  cluster.ask(CreateRoom{party}, [&second](ErrorCode code) { second = code; });
  ann.ask_join(1, "party");
  CHECK(first == ErrorCode::internal);
  CHECK(ann.take().empty());
  cluster.store().release();
  cluster.settle();
  CHECK(first == ErrorCode::ok);
  CHECK(second == ErrorCode::room_exists);
  CHECK(begins(ann.only(), {FrameType::joined, 1}));
  auto again = test_config();
  again->has_durable_store = true;
  again->made_rooms = rooms_of(cluster.store());
  REQUIRE(again->made_rooms.size() == 1);
  Cluster restarted(shards, std::move(again));
  CHECK(restarted.greeted("ann").join("party").object.rfind(R"({"roomId":"party","name":"Party","maxSize":2,)", 0) == 0);
  Client bob = restarted.greeted("bob");
  bob.ask_join(1, "party");
  CHECK(begins(bob.only(), {FrameType::reply, 1, number(ErrorCode::forbidden)}));
  CHECK(create(restarted, party) == ErrorCode::room_exists);
}

TEST_CASE("F-K18 a room that the store could not keep is not created, and a deleted room is no longer kept") {
  auto config = test_config();
  config->has_durable_store = true;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  cluster.store().define_status = StoreStatus::full;
  CHECK(create(cluster, runtime_room("party")) == ErrorCode::store_full);
  ann.ask_join(1, "party");
  CHECK(ann.only() == refused(1, ErrorCode::room_unknown, "party"));
  cluster.store().define_status = StoreStatus::ok;
  RoomDefinition party = runtime_room("party");
  party.durability = GENERATE(Durability::commit, Durability::memory);
  CHECK(create(cluster, party) == ErrorCode::ok);
  CHECK(rooms_of(cluster.store()).size() == 1);
  CHECK(remove(cluster, "party") == ErrorCode::ok);
  CHECK(rooms_of(cluster.store()).empty());
  RoomDefinition unreadable = runtime_room("den");
  unreadable.description = "\xFF";
  CHECK(create(cluster, unreadable) == ErrorCode::request_invalid);
}

TEST_CASE("a pattern's room keeps its epoch while it is used, and is freed when it was empty for room_idle_ms") {
  auto config = test_config();
  config->limits.room_idle_ms = 5000;
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const Joined first = ann.join("game-1");
  ann.send(frame({FrameType::leave, 1, first.room}));
  cluster.advance(4999);
  const Joined second = ann.join("game-1");
  CHECK(second.room == first.room);
  CHECK(second.epoch == first.epoch);
  cluster.advance(10'000);
  ann.send(frame({FrameType::leave, 1, second.room}));
  cluster.advance(4999);
  CHECK(ann.join("game-1").epoch == first.epoch);
  ann.send(frame({FrameType::leave, 1, second.room}));
  cluster.advance(5000);
  const Joined third = ann.join("game-1");
  CHECK(third.room != first.room);
  CHECK(third.epoch == first.epoch);  // the log is the store's, and outlives the room
}

TEST_CASE("empty pattern rooms are bounded: the one idle for longest goes first") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  const auto visit = [&ann](const std::string& id) {
    const Joined room = ann.join(id);
    ann.send(frame({FrameType::leave, 1, room.room}));
    return room;
  };
  const Joined first = visit("game-first");
  for (std::size_t i = 0; i < kIdleRoomsMax - 1; ++i) visit("game-" + std::to_string(i));
  CHECK(visit("game-first").room == first.room);
  visit("game-last");
  std::size_t count = 0;
  cluster.ask(RoomsQuery{}, [&count](const std::vector<RoomInfo>& rooms) { count = rooms.size(); });
  CHECK(count == kIdleRoomsMax + 7);  // and the predefined ones
}

TEST_CASE("room numbers are never used twice in a process") {
  Cluster cluster(3);
  Client ann = cluster.greeted("ann");
  std::set<std::uint64_t> numbers;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 20; ++i) {
      const std::string id = "party" + std::to_string(i);
      create(cluster, runtime_room(id));
      CHECK(numbers.insert(ann.join(id).room).second);
      remove(cluster, id);
    }
}

}  // namespace dialogue::testing
