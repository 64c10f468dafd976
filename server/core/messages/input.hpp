// A shard's inputs, each a value; its decisions are actions (actions.hpp). Shard::apply() takes one at a time. A recording
// holds them (server/replay), so that the shard's decisions can be repeated. Values; only MessageReceived refers to bytes that
// its sender owns.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::core {

// --- From transports ---

/// A transport opened a connection; HELLO is now due within kHelloTimeoutMs. Applied::opened is its id.
struct ConnectionOpened {
  PeerFacts peer;
  /// How many the server has then, this one included, which ShardLimits::connections_max bounds; 0: the shard's own count does.
  std::size_t server_connections = 0;
};
/// One whole text message (1 to kBatchFramesMax frames). The shard may change the bytes in place (see make_single_line).
struct MessageReceived {
  ConnectionId from;
  std::span<char> message;
};
/// The transport saw a fault that ends the connection (too large, binary, bad UTF-8, control flood); answered by BYE and Close.
struct ProtocolViolation {
  ConnectionId from;
  ErrorCode reason;
};
/// The peer showed life below the protocol (the transport answered a ping).
struct PeerAlive {
  ConnectionId from;
};
/// The peer closed in order: no session is kept for it when it is gone.
struct PeerClosing {
  ConnectionId from;
};
/// The transport is gone. Memberships end; unless PeerClosing came before, the session can be resumed for a while.
struct ConnectionClosed {
  ConnectionId from;
};
/// Bytes wait unsent for this connection. Decides whether the peer is too slow to be kept, and whether it gets events as they
/// come or from the logs. Give it whenever a transport was offered what is queued and has left some, when that has become less,
/// and once when nothing of it is left.
struct BacklogChanged {
  ConnectionId from;
  std::size_t queued_bytes;
  std::uint64_t stalled_ms;  ///< since the peer last took any
};
/// Everything that was sent to this connection before an AskDrained has left.
struct SendDrained {
  ConnectionId from;
};

// --- Answers. One to each request, in any order; ignored when the connection is gone. ---

/// The answer to a StoreRequest.
struct StoreReplied {
  StoreResponse answer;
};
/// The answer to an AskIdentity: the identity of a connection, or of its token for a room.
struct IdentityResolved {
  ConnectionId from;
  std::uint64_t ticket;
  AuthResult result;
};
/// To an AskHook.
struct HookReplied {
  ConnectionId from;
  std::uint64_t ticket;
  HookVerdict verdict;
};

/// A reply of the handler of a BeginExchange; any number of them, in order.
struct ExchangeReplied {
  ConnectionId from;
  std::uint64_t ticket;
  ExchangeReply reply;
};

// --- From other shards, the embedding program and the clock ---

struct ShardMessageReceived {
  ShardMessage message;
};
/// New limits on the connections of the whole server and of one user (0: unlimited); existing connections stay open. Every shard
/// of a server receives the same values.
struct LimitsChanged {
  std::size_t connections_max, connections_per_user;
};
/// Sends BYE draining to every connection. Each is assigned a time to reconnect (ReconnectSlots), in an interval of `spread_ms`
/// that begins in `pause_ms`. Before that, a connection has `settle_ms` for its publications to be answered. Every shard of a
/// server receives the same values.
struct DrainStarted {
  std::uint64_t spread_ms, pause_ms = 0, settle_ms = kNever;
};
/// A turn of inputs ends: the events of one room go to its members together, and publications to the store of durable rooms in
/// one append. See ShardDriver::finish_turn(). `goes_on`: the transports are not offered what they got before another one.
struct TurnEnded {
  bool goes_on = false;
};
/// Deadlines. Due at Applied::next_timer_ms of the last one; earlier is harmless, and cheap when nothing is due.
struct TimerFired {};

using Input = std::variant<ConnectionOpened, MessageReceived, ProtocolViolation, PeerAlive, PeerClosing, ConnectionClosed,
                           BacklogChanged, SendDrained, StoreReplied, IdentityResolved, HookReplied, ShardMessageReceived,
                           LimitsChanged, DrainStarted, TurnEnded, TimerFired, ExchangeReplied>;
static_assert(sizeof(Input) <= 256, "inputs that wait for their turn lie in a vector");

/// The immediate result of an input.
struct Applied {
  ConnectionId opened = 0;               ///< after ConnectionOpened
  std::uint64_t next_timer_ms = kNever;  ///< after TimerFired, by monotonic_ms; kNever: not before the next input
};

}  // namespace dialogue::core
