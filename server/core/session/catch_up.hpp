// Members that lag their room, because they joined at an old position, have too much queued data, or have given no credit. They
// receive pages of the log, one at a time and the next when the connection has sent its data, until they have reached the
// newest sequence and are live again. All rooms of a connection share its queue, and take turns. Used by its shard only.
#pragma once
#include <cstdint>
#include <utility>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/delay_queue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kReadRetryDelayMs = 500;

class CatchUp {
 public:
  explicit CatchUp(const ShardContext& context) : context_(context), retries_(kReadRetryDelayMs) {}

  /// Requests the next page for a lagging member, if it may have one.
  void read_on(Connection& connection, const Membership& membership);
  /// Handles CREDIT.
  void set_credit(Connection& connection, const Frame& frame);
  /// Called when everything that was sent to the connection has left.
  void drained(Connection& connection);
  /// Ends the catch-up of a member that may no longer read the log: sends GAP forbidden for what it lacks, then events as they
  /// come.
  void give_up(Connection& connection, const Membership& membership) const;
  void handle(LogPiece&& piece);
  [[nodiscard]] std::uint64_t tick();
  /// Whether the membership with this ticket waits for a page that has not arrived in time.
  [[nodiscard]] static bool awaits_page(Connection& connection, std::uint64_t ticket);

 private:
  /// Excludes events up to `last` from receipts.
  void leave_out(Connection& connection, const LocalRoom& room, std::uint64_t last) const;
  void skip_lost(Connection& connection, LocalRoom& room, Member& member, const LogPiece& piece) const;
  /// A page in its wire form: each event is encoded once, for the first member that receives it.
  class EncodedPiece;
  void send(Connection& connection, LocalRoom& room, Member& member, EncodedPiece& piece) const;
  void give(MembershipId to, EncodedPiece& piece);
  /// Whether another page may be requested: together with those in progress it still fits into the connection's queue.
  [[nodiscard]] bool has_place(const Connection& connection) const;

  const ShardContext& context_;
  DelayQueue<std::pair<ConnectionId, std::uint64_t>> retries_;  ///< members whose log could not be read
};

}  // namespace dialogue::core
