// Takes from the logs of rooms that are open what has grown old, room by room, in steps, by the steady clock. Used by its home
// only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "server/core/event_retention.hpp"
#include "server/core/room_registry.hpp"
#include "server/core/shard_config.hpp"
#include "server/core/store_calls.hpp"
#include "server/core/time.hpp"

namespace dialogue {

class Trimming {
 public:
  Trimming(const ShardConfig& config, const EventRetention& events, Outbox& outbox, RoomRegistry& rooms, StoreCalls& stores)
      : config_(config), outbox_(outbox), rooms_(rooms), stores_(stores), events_(events) {}

  /// A log was opened: from here on there is something to look at.
  void opened() { sweep_due_ms_ = std::min(sweep_due_ms_, outbox_.now().monotonic_ms + kSweepMs); }
  /// Trims rooms whose time has come. `is_durable` says which store a room's log is in. Returns the next deadline.
  template <typename IsDurable>
  [[nodiscard]] std::uint64_t tick(const IsDurable& is_durable) {
    const std::uint64_t now_ms = outbox_.now().monotonic_ms;
    const std::uint64_t unix_ms = outbox_.steady_unix_ms();
    if (now_ms < sweep_due_ms_) return sweep_due_ms_;
    sweep_due_ms_ = kNever;
    for (const std::uint64_t number : due_rooms(now_ms))
      if (Room* room = rooms_.find(number)) trim(*room, is_durable(*room->rules()), unix_ms);
    return sweep_due_ms_;
  }

 private:
  static constexpr std::uint64_t kSweepMs = 1000;

  [[nodiscard]] std::vector<std::uint64_t> due_rooms(std::uint64_t now_ms);
  void trim(Room& room, bool durable, std::uint64_t unix_ms);

  const ShardConfig& config_;
  Outbox& outbox_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  const EventRetention& events_;
  std::uint64_t sweep_due_ms_ = kNever;
};

}  // namespace dialogue
