// Questions to all shards: LIST, and what the embedding program asks.
#include "server/core/session/shard_queries.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("LIST names the rooms that exist and that the asker may join, sorted, with sizes") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), root = cluster.greeted("root");
  ann.join("chat");
  root.join("chat");
  root.join("game-7");
  ann.take();
  ann.send("[8,5]");
  const auto room = [](std::string id, std::string name, int size, std::string max) {
    return R"({"id":")" + id + R"(","name":")" + name + R"(","size":)" + std::to_string(size) + R"(,"maxSize":)" + max + "}";
  };
  const std::string open = room("chat", "Support chat", 2, "null") + "," + room("game-7", "Game", 1, "null") + "," +
                           room("picky", "picky", 0, "null") + "," + room("quiet", "quiet", 0, "null") + "," +
                           room("shy", "shy", 0, "null") + "," + room("silent", "silent", 0, "null") + "," +
                           room("small", "small", 0, "2");
  CHECK(ann.only() == frame({FrameType::reply, 5, 0}, R"({"rooms":[)" + open + "]}"));
  root.take();
  root.send("[8,6]");
  CHECK(root.only() == frame({FrameType::reply, 6, 0}, R"({"rooms":[)" + open + "," + room("staff", "staff", 0, "null") + "]}"));
}

TEST_CASE("LIST of more rooms than fit a message has the number of omitted ones") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  for (int i = 0; i < 2000; ++i) {
    RoomDefinition definition;
    definition.id = "party-" + std::to_string(1000 + i);
    definition.name = std::string(100, 'n');
    cluster.post(CreateRoom{std::move(definition)});
  }
  Client ann = cluster.greeted("ann");
  ann.send("[8,5]");
  CHECK(ann.only().find("],\"omitted\":1,\"next\":") != std::string::npos);
  ann.send(R"([8,6,{"limit":1000}])");
  const std::string list = ann.only();
  CHECK(list.size() <= kMessageBytesMax);
  CHECK(list.size() > kMessageBytesMax - 1024);
  CHECK(list.find("],\"omitted\":") != std::string::npos);
}

TEST_CASE("the application receives all rooms, whatever their access") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  std::vector<RoomInfo> rooms;
  cluster.ask(RoomsQuery{}, [&rooms](std::vector<RoomInfo> answer) { rooms = std::move(answer); });
  REQUIRE(rooms.size() == 7);
  CHECK(rooms.front().id == "chat");
  CHECK(rooms.back().id == "staff");
  CHECK(rooms[5].max_size == 2);
}

TEST_CASE("the application receives the connected users and their rooms") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client bob = cluster.greeted("bob"), ann = cluster.greeted("ann"), again = cluster.greeted("ann");
  const Client nobody = cluster.connect();
  bob.join("small");
  bob.join("chat");
  std::vector<ConnectionInfo> connections;
  const auto done = [&connections](std::vector<ConnectionInfo> answer) { connections = std::move(answer); };
  cluster.ask(ConnectionsQuery{""}, done);
  REQUIRE(connections.size() == 3);
  CHECK(connections[0].user_id == "ann");
  CHECK(connections[1].user_id == "ann");
  CHECK(connections[0].session_id < connections[1].session_id);
  CHECK(connections[2].user_id == "bob");
  CHECK(connections[2].rooms == Frames{"small", "chat"});
  cluster.ask(ConnectionsQuery{"ann"}, done);
  CHECK(connections.size() == 2);
  cluster.ask(ConnectionsQuery{"carl"}, done);
  CHECK(connections.empty());
  CHECK(nobody.close_code() == 0);
}

TEST_CASE("a user is disconnected everywhere") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client first = cluster.greeted("ann"), second = cluster.greeted("ann"), bob = cluster.greeted("bob");
  std::size_t count = 0;
  cluster.ask(KickUser{"ann", "spam"}, [&count](std::size_t ended) { count = ended; });
  CHECK(count == 2);
  for (Client* client : {&first, &second}) {
    CHECK(client->only() == bye(ErrorCode::denied_by_hook, "spam"));
    CHECK(client->close_code() == 1008);
  }
  CHECK(bob.close_code() == 0);
  cluster.post(KickUser{"bob", "not \xFF text"});
  CHECK(bob.only() == bye(ErrorCode::denied_by_hook, "not ? text"));
  cluster.ask(KickUser{"ann", "spam"}, [&count](std::size_t ended) { count = ended; });
  CHECK(count == 0);
}

TEST_CASE("a caller that leaves before the answer is not answered") {
  Cluster cluster(3);
  Client ann = cluster.greeted("ann");
  ann.send("[8,5]\n[99]");
  CHECK(ann.take() == Frames{bye(ErrorCode::frame_unknown, "99")});
}

}  // namespace dialogue::testing
