// States of presence at the owner shard of their rooms: checks that a connection may watch them, and sends watchers what has
// changed: at once, then at most as often as the room's definition says. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

class StateReports {
 public:
  StateReports(ShardEffects& effects, RoomRegistry& rooms) : effects_(effects), rooms_(rooms) {}

  void handle(WatchStates&& watch);
  void refuse(const WatchStates& watch, const Error& fault);
  void handle(const UnwatchStates& unwatch);
  void handle(SetState&& set);
  /// A session has joined: it takes over the state of the session that it resumes.
  void joined(Room& room, const Join& join);
  /// The joining client had the user `before`: ends the states of that user's sessions which the client had lost.
  void user_changed(Room& room, const Join& join, const std::string& before);
  /// A session has left: its state ends, or stays for a while if it may return.
  void left(Room& room, const Leave& leave);
  void forget_user(Room& room, const std::string& user_id);
  /// The room ends.
  void ended(const Room& room);
  /// Sends what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);

 private:
  void schedule(Room& room);
  void report(Room& room, std::uint64_t now_ms);

  ShardEffects& effects_;
  RoomRegistry& rooms_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> due_;  ///< RoomStates::scheduled_ms and number of each room with changes
};

}  // namespace dialogue::core
