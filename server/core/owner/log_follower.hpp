// Rooms whose logs other servers write, too. The store announces that a log has moved past what its owner shard knows; what is
// new is read, and goes to the members here in the order of the log. What a lost announcement left out is read after the next
// one, after an append of this server, which finds the log ahead, or at the next opening. docs/decisions/330-cluster.md. Used by
// its shard only.
#pragma once
#include <cstdint>
#include <functional>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/log_reader.hpp"
#include "server/core/owner/room_sequencer.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kLookAgainMs = 500;

class LogFollower {
 public:
  /// `open` opens a room's log again.
  LogFollower(ShardEffects& effects, RoomRegistry& rooms, StoreCalls& stores, const LogReader& reader, RoomSequencer& sequencer,
              std::function<void(Room&)> open)
      : effects_(effects),
        rooms_(rooms),
        stores_(stores),
        reader_(reader),
        sequencer_(sequencer),
        open_(std::move(open)),
        retries_(kLookAgainMs) {}

  /// The room's log was opened, and its state taken over. Members were sent everything up to `known`, of the same epoch.
  void opened(Room& room, std::uint64_t known);
  void handle(const LogMoved& moved);
  /// Looks whether the store has announced more than the room has, unless that is being read, or its own append is under way.
  void look(Room& room);
  /// The room goes.
  void end(const Room& room);
  /// The store was too busy to open or to read the room's log: it is looked at again in kLookAgainMs.
  void retry_later(const Room& room) { retries_.push(room.number(), effects_.now().monotonic_ms); }
  /// Looks at what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);

 private:
  void read_on(Room& room);
  void take(Room& room, LogPage&& page);

  ShardEffects& effects_;
  RoomRegistry& rooms_;
  StoreCalls& stores_;
  const LogReader& reader_;
  RoomSequencer& sequencer_;
  const std::function<void(Room&)> open_;
  DelayQueue<std::uint64_t> retries_;  ///< rooms; at most one entry for each answer of the store
};

}  // namespace dialogue::core
