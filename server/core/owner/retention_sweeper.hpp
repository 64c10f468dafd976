// Takes from the logs of rooms that are open what has grown old, room by room, in steps, by the steady clock. Each room is looked
// at when its own time comes, so that no moment is that of all of them. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "server/core/effects/shard_config.hpp"
#include "server/core/log/event_retention.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

class RetentionSweeper {
 public:
  RetentionSweeper(const ShardConfig& config, const EventRetention& events, ShardEffects& effects, RoomRegistry& rooms,
                   StoreCalls& stores)
      : config_(config), effects_(effects), rooms_(rooms), stores_(stores), events_(events) {}

  /// The room's log was opened: from here on it is looked at, until it is closed.
  void watch(Room& room);
  /// Trims the rooms that are due. `is_durable`: whether a room's log is in the durable store. Returns the next deadline.
  template <typename IsDurable>
  [[nodiscard]] std::uint64_t tick(const IsDurable& is_durable) {
    for (std::size_t i = 0; i < kRoomsPerTickMax && next_deadline() <= effects_.now().monotonic_ms; ++i) {
      Room* room = rooms_.find(due_.top().second);
      due_.pop();
      if (room != nullptr) look_at(*room, is_durable(*room->rules()));
    }
    return next_deadline();
  }

 private:
  static constexpr std::size_t kRoomsPerTickMax = 64;
  using Due = std::pair<std::uint64_t, std::uint64_t>;  ///< when, monotonic ms, and the room's number

  [[nodiscard]] std::uint64_t next_deadline() const { return due_.empty() ? kNever : due_.top().first; }
  void look_at(Room& room, bool durable);
  void look_again(const Room& room, std::uint64_t pause_ms) {
    due_.emplace(effects_.now().monotonic_ms + pause_ms, room.number());
  }

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  const EventRetention& events_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace dialogue::core
