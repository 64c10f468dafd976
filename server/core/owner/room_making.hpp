// Rooms that are made at run time: by this server, whose store keeps their definitions before the answer, or by another one that
// shares the store. What is about a room that is just being made waits. Used by its owner shard only.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

class RoomMaking {
 public:
  RoomMaking(const ShardConfig& config, ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores)
      : config_(config), effects_(effects), rooms_(rooms), stores_(stores) {}

  /// Whether the room is being created: then the shard message is handled again once that is settled.
  template <typename T>
  [[nodiscard]] bool waits(const std::string& room_id, T& message) {
    const auto found = pending_creates_.find(room_id);
    if (found == pending_creates_.end()) return false;
    found->second.push_back(std::move(message));
    return true;
  }
  void handle(CreateRoom&& create);
  /// Handles a room that another server has created.
  void handle(const RoomMade& made);

 private:
  void made(CreateRoom&& create, ErrorCode code);

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  /// Rooms whose definition is on its way to the store, and the messages that wait for each.
  std::map<std::string, std::vector<ShardMessageBody>> pending_creates_;
};

}  // namespace dialogue::core
