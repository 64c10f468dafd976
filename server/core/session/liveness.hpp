// Detects connections that were silent for too long (HELLO is missing, a ping is due, a ping was not answered), and expired
// tokens of sessions and rooms. Each connection is queued by its deadline. If the deadline has moved meanwhile, as most do,
// that is detected when the old one passes; signs of life therefore cost nothing here, and connections before their deadline
// are not visited. A ping is due when either side has been silent for the interval: deliveries of rooms are not counted, so at
// worst it is early. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/transports.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kSweepIntervalMs = 100;  ///< deadlines are kept this exactly

class Liveness {
 public:
  explicit Liveness(const ShardContext& context) : context_(context) {}

  /// A connection has a new kind of deadline: it was opened, has ended its handshake, or has another token.
  void watch(Connection& connection) { watch(connection, deadline(connection)); }

  /// Pings due connections, calls `end(connection, fault)` for dead ones, and `renew(connection)` for connections whose rooms'
  /// tokens are due; returns the next deadline.
  template <typename End, typename Renew>
  [[nodiscard]] std::uint64_t tick(const End& end, const Renew& renew) {
    const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
    if (now_ms < next_sweep_ms_) return next_sweep_ms_;
    SharedBytes ping;
    while (!due_.empty() && due_.top().first <= now_ms) {
      const auto [due_ms, id] = due_.top();
      due_.pop();
      Connection* connection = context_.connections.find(id);
      if (connection == nullptr || connection->watched_ms != due_ms) continue;  // it stands elsewhere as well
      connection->watched_ms = kNever;
      if (connection->state == SessionState::ready && connection->rooms_due_ms <= now_ms) renew(*connection);
      if (deadline(*connection) <= now_ms) pass(*connection, ping, end);
      // An immediate answer to a ping makes the deadline earlier, if the interval is below the time for replies.
      const std::uint64_t soon_ms = connection->ping_outstanding ? now_ms + ping_interval(*connection) : kNever;
      watch(*connection, std::max(std::min(deadline(*connection), soon_ms), now_ms + 1));
    }
    next_sweep_ms_ = due_.empty() ? kNever : std::max(due_.top().first, now_ms + kSweepIntervalMs);
    return next_sweep_ms_;
  }

 private:
  void watch(Connection& connection, std::uint64_t due_ms) {
    if (due_ms >= connection.watched_ms) return;
    connection.watched_ms = due_ms;
    due_.emplace(due_ms, connection.id);
    next_sweep_ms_ = std::min(next_sweep_ms_, due_ms);
  }

  [[nodiscard]] std::uint64_t deadline(const Connection& connection) const {
    const ShardLimits& limits = context_.config.limits;
    switch (connection.state) {
      case SessionState::awaiting_hello:
      case SessionState::identifying:
        return connection.last_sent_ms + limits.hello_timeout_ms;
      case SessionState::ready:
        return std::min({connection.expires_at_ms, connection.rooms_due_ms, ping_deadline(connection)});
      case SessionState::unused:
      case SessionState::closing:
        break;  // the transport has a deadline of its own for closing
    }
    return kNever;
  }

  /// WELCOME announces `ping_interval_ms` as the longest silence; a push stream's reader is not shown it.
  [[nodiscard]] std::uint64_t ping_interval(const Connection& connection) const {
    const ShardLimits& limits = context_.config.limits;
    const TransportRow& row = transport_row(connection.transport);
    if (!row.is_streamed) return limits.ping_interval_ms;
    return row.is_one_way ? limits.stream_heartbeat_ms : std::min(limits.stream_heartbeat_ms, limits.ping_interval_ms);
  }

  [[nodiscard]] std::uint64_t ping_deadline(const Connection& connection) const {
    const ShardLimits& limits = context_.config.limits;
    if (connection.ping_outstanding) return connection.ping_sent_ms + limits.ping_timeout_ms;
    return std::min(connection.last_heard_ms, connection.last_sent_ms) + ping_interval(connection);
  }

  /// The connection's deadline has passed.
  template <typename End>
  void pass(Connection& connection, SharedBytes& ping, const End& end) {
    const Time now = context_.effects.now();
    if (connection.state == SessionState::awaiting_hello) {
      end(connection, Error{ErrorCode::hello_timeout, std::to_string(context_.config.limits.hello_timeout_ms), {}});
    } else if (connection.state == SessionState::identifying) {
      const bool has_identity = connection.hello->ticket != 0;
      end(connection, Error{has_identity ? ErrorCode::hook_unavailable : ErrorCode::identity_unavailable, {}, {}});
    } else if (connection.expires_at_ms <= now.monotonic_ms) {
      end(connection, Error{ErrorCode::token_expired, {}, {}});
    } else if (connection.ping_outstanding) {
      end(connection, Error{ErrorCode::ping_timeout, {}, {}});
    } else {
      if (!ping) ping = ping_frame(now.unix_ms);
      context_.effects.ping(connection.id, ping);
      connection.ping_outstanding = true;
      connection.ping_sent_ms = connection.last_sent_ms = now.monotonic_ms;
    }
  }

  using Due = std::pair<std::uint64_t, ConnectionId>;

  const ShardContext& context_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t next_sweep_ms_ = kNever;
};

}  // namespace dialogue::core
