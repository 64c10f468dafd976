// Members that are behind their room: who joined at an old place, whose connection is congested, or who has given no credit. They
// get pages from the log, one at a time and the next when the connection has sent what it had, until they have reached the
// newest sequence and are live again. Used by its shard only.
#pragma once
#include <cstdint>
#include <utility>

#include "server/core/delay_queue.hpp"
#include "server/core/mail.hpp"
#include "server/core/shard_context.hpp"
#include "shared/frames.hpp"

namespace dialogue {

inline constexpr std::uint64_t kReadRetryDelayMs = 500;

class CatchUp {
 public:
  explicit CatchUp(const ShardContext& context) : context_(context), retries_(kReadRetryDelayMs) {}

  /// Asks for the next page of a member that is behind, when it may have one.
  void read_on(Connection& connection, const Membership& membership);
  /// CREDIT.
  void set_credit(Connection& connection, const Frame& frame);
  /// Too much waits to be sent: all rooms of the connection come from the log from here on.
  void congested(Connection& connection);
  /// What was sent has left.
  void drained(Connection& connection);
  void handle(LogPiece&& piece);
  [[nodiscard]] std::uint64_t tick();

 private:
  void skip_lost(Connection& connection, LocalRoom& room, Member& member, const LogPiece& piece) const;
  void send(LocalRoom& room, Member& member, const LogPiece& piece) const;
  void await_drain(Connection& connection) const;

  const ShardContext& context_;
  DelayQueue<std::pair<ConnectionId, std::uint64_t>> retries_;  ///< members whose log could not be read
};

}  // namespace dialogue
