// What is about one user touches that user's connections only: the index that finds them, and the pages that come from it.
#include "server/core/connection/connection_index.hpp"

#include <catch2/catch.hpp>

#include "server/core/connection/connection_table.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::vector<std::string> ids(const std::vector<UserInfo>& users) {
  std::vector<std::string> all;
  for (const UserInfo& user : users) all.push_back(user.user_id + ":" + std::to_string(user.connections));
  return all;
}

std::vector<std::string> users(Cluster& cluster, PageRange page, std::vector<std::string> asked = {}) {
  std::vector<std::string> found;
  cluster.ask(UsersQuery{std::move(page), std::move(asked)}, [&](const std::vector<UserInfo>& list) { found = ids(list); });
  return found;
}

std::vector<std::string> members(Cluster& cluster, const std::string& room, PageRange page) {
  std::vector<std::string> found;
  cluster.ask(MembersQuery{room, std::move(page)}, [&](const MembersQuery::Result& result) {
    found = ids(result.members);
    if (result.fault.code != ErrorCode::ok) found = {std::string(error_name(result.fault.code))};
  });
  return found;
}

}  // namespace

TEST_CASE("F-K14 the index has every ready connection, finds those of one user, and is empty at the end") {
  ConnectionTable table;
  ConnectionIndex index;
  std::vector<Connection*> all;
  SeededRandom random(7);
  for (int i = 0; i < 10'000; ++i) {
    Connection& connection = table.open();
    Identity identity;
    identity.user_id = "user-" + std::to_string(i % 1000);
    connection.become(std::make_shared<const Identity>(std::move(identity)));
    connection.session_id = random.hex_id();
    index.add(connection);
    all.push_back(&connection);
  }
  CHECK(index.size() == 10'000);
  for (const Connection* connection : index.of_user("user-77")) CHECK(connection->user_id() == "user-77");
  CHECK(index.of_user("user-77").size() == 10);
  CHECK(index.of_user("user-7").size() == 10);
  CHECK(index.of_user("user").empty());
  CHECK(index.of_session(all[5]->session_id.view()) == std::vector<Connection*>{all[5]});
  CHECK(index.of_session("nobody").empty());
  CHECK(ids(index.users({"user-997", 5})) == std::vector<std::string>{"user-998:10", "user-999:10"});
  CHECK(ids(index.users({"", 2})) == std::vector<std::string>{"user-0:10", "user-1:10"});
  CHECK(index.user("user-3")->connections == 10);
  CHECK_FALSE(index.user("user-1000"));
  for (Connection* connection : all) index.remove(*connection);
  CHECK(index.size() == 0);
  CHECK(index.of_user("user-77").empty());
}

TEST_CASE("F-K14 an ended connection, lost or not, is in no list, and receives nothing") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client lost = cluster.greeted("ann"), violated = cluster.greeted("ann"), here = cluster.greeted("ann");
  Client greeting = cluster.connect();
  lost.lose();
  violated.violate(ErrorCode::frame_malformed);
  CHECK(users(cluster, {}) == Frames{"ann:1"});
  std::size_t sent = 0;
  cluster.ask(SendEvent{"ann", "", "note", "1", "system"}, [&](const SendEvent::Result& result) { sent = result.connections; });
  CHECK(sent == 1);
  CHECK(begins(here.only(), {FrameType::event, 0}));
  CHECK(greeting.take().empty());
  violated.vanish();
  here.vanish();
  CHECK(users(cluster, {}).empty());
}

TEST_CASE("F-K13 connected users are listed in pages, each once with all connections") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  std::vector<Client> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(cluster.greeted("user" + std::to_string(10 + i % 8)));
  CHECK(users(cluster, {"", 3}) == Frames{"user10:5", "user11:5", "user12:5"});
  CHECK(users(cluster, {"user12", 3}) == Frames{"user13:5", "user14:5", "user15:5"});
  CHECK(users(cluster, {"user15", 3}) == Frames{"user16:5", "user17:5"});
  CHECK(users(cluster, {"user17", 3}).empty());
  CHECK(users(cluster, {"user16", 1}, {"user17", "nobody", "user11", "user17"}) == Frames{"user11:5", "user17:5"});
}

TEST_CASE("F-K13 a room's members are listed in pages by its owner shard") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  std::vector<Client> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(cluster.greeted("user" + std::to_string(10 + i % 6)));
    clients.back().join("chat");
  }
  Client elsewhere = cluster.greeted("zoe");
  elsewhere.join("game-7");
  CHECK(members(cluster, "chat", {"", 4}) == Frames{"user10:2", "user11:2", "user12:2", "user13:2"});
  CHECK(members(cluster, "chat", {"user13", 4}) == Frames{"user14:2", "user15:2"});
  CHECK(members(cluster, "game-7", {}) == Frames{"zoe:1"});
  CHECK(members(cluster, "game-8", {}).empty());
  CHECK(members(cluster, "nowhere", {}) == Frames{"room_unknown"});
  CHECK(members(cluster, "no name", {}) == Frames{"room_unknown"});
}

TEST_CASE("F-K13 rooms are listed in pages, merged from all shards") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  const auto rooms = [&](PageRange page) {
    Frames found;
    cluster.ask(RoomsQuery{std::move(page)}, [&found](const std::vector<RoomInfo>& list) {
      for (const RoomInfo& room : list) found.push_back(room.id);
    });
    return found;
  };
  CHECK(rooms({"", 3}) == Frames{"chat", "picky", "quiet"});
  CHECK(rooms({"quiet", 3}) == Frames{"shy", "silent", "small"});
  CHECK(rooms({"small", 3}) == Frames{"staff"});
  CHECK(rooms({"staff", 3}).empty());
}

}  // namespace dialogue::testing
