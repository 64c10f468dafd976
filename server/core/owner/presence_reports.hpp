// Reports who joined and left to the members of rooms: at first after a short delay, less often in a burst and where a report has
// only the number. Used by its owner shard only.
#pragma once
#include <cstddef>
#include <cstdint>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

class PresenceReports {
 public:
  PresenceReports(ShardEffects& effects, RoomRegistry& rooms)
      : effects_(effects),
        rooms_(rooms),
        due_(kPresenceFlushDelayMs),
        burst_due_(kPresenceBurstDelayMs),
        occupancy_due_(kOccupancyFlushDelayMs) {}

  /// The first change of the room's presence since its last report.
  void changed(Room& room);
  /// Sends what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);

 private:
  [[nodiscard]] DelayQueue<std::uint64_t>& queue_of(const Room& room);
  void report(Room& room);

  ShardEffects& effects_;
  RoomRegistry& rooms_;
  /// Rooms that report names, those that have just reported them, and those that report a number.
  DelayQueue<std::uint64_t> due_, burst_due_, occupancy_due_;
};

}  // namespace dialogue::core
