// Publications at their room's owner shard: into the log by one of two lanes, then the publisher is answered and members' shards
// are notified. Volatile events pass by the log. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/effects/peer_windows.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/observe/refusal_table.hpp"
#include "server/core/observe/room_rates.hpp"
#include "server/core/owner/commit_queue.hpp"
#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"

namespace dialogue::core {

class RoomSequencer {
 public:
  /// What appends need of a room's log beyond it.
  struct Logs {
    std::function<void(Room&)> open;     ///< opens the log again: another server has written it
    std::function<void(Room&)> written;  ///< called after each append
  };
  RoomSequencer(const ShardConfig& config, const EventRetention& retention, DocumentKeeper& documents, ShardEffects& effects,
                RoomRegistry& rooms, StoreCalls& stores, PeerWindows& windows, RefusalTable& refusals, Logs logs);

  /// Publishes for a member. The room's log must be open.
  void publish(Room& room, Publish&& publish);
  /// Returns why the server may not publish this, room_unknown aside; ok: it may.
  [[nodiscard]] PublishResult check(ServerPublish& publish, const RoomRules& rules) const;
  /// Counts a publication of the application that was refused. `rules`: null if the room does not exist.
  void note_refused(const Error& fault, const RoomRules* rules, std::uint32_t event);
  /// Publishes for the application. The room's log must be open. `refused`: the result of check(); with a fault, the publication
  /// only consumes its producer's number.
  void publish(Room& room, ServerPublish&& publish, Error refused);
  /// Compacts a document. The room's log must be open, and the event must be one of its documents.
  void compact(Room& room, std::uint32_t event, CompactDocument&& compact);
  /// Empties the room's log once everything before is in it.
  void erase(const Room& room, std::function<void(ErrorCode)> done);
  /// The room's log was opened again, or could not be; see CommitQueue.
  void resume(const Room& room, ErrorCode fault) { queue_of(room).resume(room, fault); }
  /// Sends a publication, of this server or another, to the shards where the room has members; called in the order of the log.
  void deliver(const Room& room, EventRecord&& record);
  /// Whether this room's log outlives the process.
  [[nodiscard]] bool is_durable(const RoomRules& rules) const;

  /// Sends what waits for logs in memory to their store. True when that decided something.
  bool pump() { return in_memory_.pump(); }
  /// Sends what waits for durable logs to their store: an append costs the disk the same with one publication or with a hundred.
  void commit() { durable_.pump(); }
  [[nodiscard]] bool has_to_commit() const { return durable_.has_to_send(); }
  /// Returns at most `count` rooms with their publications per second, the busiest first.
  [[nodiscard]] std::vector<RoomRate> busiest(std::size_t count);
  [[nodiscard]] bool is_idle() const { return durable_.is_idle() && in_memory_.is_idle(); }

 private:
  [[nodiscard]] CommitQueue& queue_of(const Room& room) { return is_durable(*room.rules()) ? durable_ : in_memory_; }
  [[nodiscard]] CommitQueue::Listener listener();
  void add(Room& room, PendingAppend&& outgoing);
  void publish_volatile(Room& room, PendingAppend&& outgoing);
  void answer(PendingAppend& outgoing);
  /// Counts a publication by its answer.
  void count(const PendingAppend& outgoing);
  void count_accepted(const Room& room, const PendingAppend& outgoing);
  /// Fans out a publication; moves its payload and the publisher's id out of `outgoing`.
  void fan_out(const Room& room, PendingAppend& outgoing);
  void tell_application(const Room& room, const PendingAppend& outgoing);

  const ShardConfig& config_;
  const Logs logs_;
  ShardEffects& effects_;
  const EventRetention& retention_;
  PeerWindows& windows_;
  RefusalTable& refusals_;
  RoomRegistry& rooms_;
  RoomRates rates_;
  CommitQueue durable_, in_memory_;
};

/// Returns the application's result of a publication; after a refusal with the whole sentence.
[[nodiscard]] PublishResult publish_result(Error fault, const Position& position);
/// Returns the response to a publication that was refused before it reached a log.
[[nodiscard]] PublishResponse refusal_of(const Publish& publish, Error fault, std::uint64_t retry_after_ms);

}  // namespace dialogue::core
