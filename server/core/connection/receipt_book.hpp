// Records which part of a room's log the transports of its members have accepted, when a membership ends and on request, and
// passes it on in batches. A delivery costs nothing: positions move with the members, and a membership has the last recorded
// one. A record may contain less than was accepted, never more. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/core/connection/connection.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/receipts.hpp"

namespace dialogue::core {

inline constexpr std::size_t kReceiptsPerBatch = 256;

class ReceiptBook {
 public:
  /// `sink`: null if receipts are not kept.
  ReceiptBook(std::shared_ptr<ReceiptSink> sink, const ShardEffects& effects) : sink_(std::move(sink)), effects_(effects) {}
  ReceiptBook(const ReceiptBook&) = delete;
  ReceiptBook& operator=(const ReceiptBook&) = delete;
  ~ReceiptBook() { flush(); }

  /// Records what the transport has accepted since the last call. Called when the membership ends or is queried, and before
  /// anything is queued in the turn, since whether that is accepted cannot be known.
  void note(const Connection& connection, Membership& membership) {
    if (!sink_ || connection.unsent.bytes(effects_.turn()) != 0) return;
    const LocalRoom& room = *membership.local;
    if (room.rules->definition.durability != Durability::commit) return;
    const std::uint64_t first = membership.started + membership.receipted + 1, last = member_of(membership).position;
    if (last < first) return;
    pending_.push_back({room.id, std::string(connection.user_id()), room.epoch, first, last, effects_.now().unix_ms});
    set_noted(membership, last);
    if (pending_.size() >= kReceiptsPerBatch) flush();
  }
  /// Notes what was accepted, then excludes the unsent events up to `last`: the connection was notified that it misses them.
  void leave_out(const Connection& connection, Membership& membership, std::uint64_t last) {
    note(connection, membership);
    set_noted(membership, std::max(membership.started + membership.receipted, last));
  }
  /// Notes all rooms of the connection, unless too much waits to be kept.
  void note_rooms(Connection& connection) {
    if (!sink_ || connection.state != SessionState::ready || !sink_->has_room()) return;
    for (Membership& membership : connection.memberships) note(connection, membership);
  }
  void flush() {
    if (!pending_.empty()) sink_->keep(std::exchange(pending_, {}));
  }

 private:
  static void set_noted(Membership& membership, std::uint64_t last) {
    membership.receipted = static_cast<std::uint32_t>(std::min<std::uint64_t>(last - membership.started, UINT32_MAX));
  }

  const std::shared_ptr<ReceiptSink> sink_;
  const ShardEffects& effects_;
  std::vector<Receipt> pending_;
};

}  // namespace dialogue::core
