// A room that the server's application joins its clients to.
#pragma once
#include "tests/server/core/session/catch_up_kit.hpp"

namespace dialogue::testing {

/// Rooms keep 5 events. The application joins everybody but bob to the room chat, which only admins may join by themselves.
inline std::unique_ptr<ShardConfig> joining_config() {
  auto config = config_keeping(5);
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") room.access.join = {"role:admin", "user:bob"};
  config->hooks.on_connect = [](HookClient& client) {
    if (client.identity().user_id != "bob") client.join("chat");
    return HookDecision::allow();
  };
  return config;
}

struct Chat {
  explicit Chat(std::unique_ptr<ShardConfig> config = joining_config(), std::uint32_t shards = 3)
      : cluster(shards, std::move(config)) {
    publish(bob, chat, 3);
  }
  Client greeted() {
    Client ann = cluster.connect();
    ann.send(R"([1,1,0,0,{"identity":{"userId":"ann"}}])");
    demand(begins(ann.take().at(0), {FrameType::welcome}), "WELCOME was due");
    return ann;
  }
  /// Neither the connection nor the user is on the room's shard, whose mail may be held.
  Client greeted_elsewhere() {
    std::string user_id = "ann";
    while (shard_of(user_id, 3) == shard_of("chat", 3)) user_id += 'n';
    Client client = cluster.connect();
    while (client.shard() == shard_of("chat", 3)) client = cluster.connect();
    client.send(R"([1,1,0,0,{"identity":{"userId":")" + user_id + "\"}}]");
    demand(begins(client.take().at(0), {FrameType::welcome}), "WELCOME was due");
    return client;
  }
  Cluster cluster;
  Client bob = cluster.greeted("bob");
  Joined chat = bob.join("chat");
};

}  // namespace dialogue::testing
