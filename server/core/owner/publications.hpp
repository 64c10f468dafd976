// Publications at their room's home: into the log by one of two lanes, then the publisher is answered and members' shards are
// told. Volatile events pass by the log. Used by its home only.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/core/owner/commit_lane.hpp"
#include "server/core/messages/mail.hpp"
#include "server/core/effects/outbox.hpp"
#include "server/core/effects/peer_windows.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/owner/store_calls.hpp"

namespace dialogue {

class Publications {
 public:
  Publications(const ShardConfig& config, const EventRetention& retention, Outbox& outbox, RoomRegistry& rooms,
               StoreCalls& stores, PeerWindows& windows);

  /// The room's log is open.
  void publish(Room& room, Publish&& publish);
  /// Why the server may not publish this, room_unknown aside; ok otherwise.
  [[nodiscard]] PublishResult check(ServerPublish& publish, const RoomRules& rules) const;
  /// The room's log is open. `refused` is what check() said: with a fault, it only consumes its producer's number.
  void publish(Room& room, ServerPublish&& publish, Fault refused);
  /// Empties the room's log once everything before is in it.
  void erase(const Room& room, std::function<void(ErrorCode)> done);
  /// Whether this room's log outlives the process.
  [[nodiscard]] bool is_durable(const RoomRules& rules) const;

  /// Sends what waits for logs in memory to their store. True when that decided something.
  bool pump() { return in_memory_.pump(); }
  /// Sends what waits for durable logs to their store: an append costs the disk the same with one publication or with a hundred.
  void commit() { durable_.pump(); }
  [[nodiscard]] bool has_to_commit() const { return durable_.has_to_send(); }
  [[nodiscard]] bool is_idle() const { return durable_.is_idle() && in_memory_.is_idle(); }

 private:
  [[nodiscard]] CommitLane& lane_of(const Room& room) { return is_durable(*room.rules()) ? durable_ : in_memory_; }
  [[nodiscard]] CommitLane::Listener listener();
  void add(Room& room, Outgoing&& outgoing);
  void publish_volatile(Room& room, Outgoing&& outgoing);
  void answer(Outgoing& outgoing);
  void fan_out(const Room& room, const Outgoing& outgoing);
  void tell_application(const Room& room, const Outgoing& outgoing);

  const ShardConfig& config_;
  Outbox& outbox_;
  const EventRetention& retention_;
  PeerWindows& windows_;
  CommitLane durable_, in_memory_;
};

/// What the application is told, as a result: with the whole sentence where it was refused.
[[nodiscard]] PublishResult publish_result(Fault fault, const Position& position);

}  // namespace dialogue
