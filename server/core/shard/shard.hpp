// One shard: the connections that live here and the rooms whose owner shard is here. Sans-io: inputs are calls with the time as
// an argument, outputs are Actions. A room's owner shard is shard_of(room id); what crosses shards is ShardMessage. No lock, no
// clock, no thread: each instance is used by one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/messages/state_counts.hpp"
#include "server/core/util/time.hpp"

namespace dialogue {

class Recorder;
class Witness;

class Shard {
 public:
  /// `config` outlives the shard, which has a copy: its limits may change; seed makes every id and epoch reproducible.
  Shard(const ShardConfig& config, std::uint32_t index, std::uint32_t count, std::uint64_t seed);
  ~Shard();

  /// A transport opened a connection; HELLO is now owed within kHelloTimeoutMs.
  [[nodiscard]] ConnectionId connected(const PeerFacts& peer, Time now, Actions& out);
  /// One whole text message (1 to kBatchFramesMax frames). The bytes may be changed in place (see make_single_line).
  void received(ConnectionId from, std::span<char> message, Time now, Actions& out);
  /// received() will be called soon: has the processor fetch what is known of the connection. Nothing else.
  void expect(ConnectionId from) const;
  /// The transport saw a fault that ends the connection (too large, binary, bad UTF-8, control flood): the reason is answered by
  /// BYE and Close.
  void violated(ConnectionId from, ErrorCode reason, Time now, Actions& out);
  /// The peer showed life below the protocol (a WebSocket pong).
  void alive(ConnectionId from, Time now);
  /// The peer closed in order: no place is kept for it when it is gone.
  void said_goodbye(ConnectionId from);
  /// The transport is gone; memberships end, and the rooms keep their places for a while if nobody said good-bye.
  void disconnected(ConnectionId from, Time now, Actions& out);
  /// Bytes wait unsent for this connection; `stalled_ms` since the peer last took any. Decides whether it is too slow altogether,
  /// and counts for whether it gets its events as they come or from the logs. Call it whenever a transport was offered what is
  /// queued and has left some, when that has become less, and once when nothing is left of it.
  void backlog(ConnectionId from, std::size_t queued_bytes, std::uint64_t stalled_ms, Time now, Actions& out);
  /// Everything that was sent to this connection before an AskDrained has left.
  void drained(ConnectionId from, Time now, Actions& out);
  /// What a store said to a StoreRequest. One answer to each, in any order.
  void answered(StoreResponse&& answer, Time now, Actions& out);
  /// Who a connection is, or whose token for a room it has, as an AskIdentity wanted to know. One answer to each, in any order;
  /// nothing when the connection is gone.
  void identified(ConnectionId from, std::uint64_t ticket, AuthResult&& result, Time now, Actions& out);
  /// What the application says to an AskHook. One answer to each, in any order; nothing when the connection is gone.
  void hook_answered(ConnectionId from, std::uint64_t ticket, HookVerdict&& verdict, Time now, Actions& out);
  void mail(ShardMessage&& mail, Time now, Actions& out);
  /// Deadlines. Call after every turn of inputs, since they make new ones, and at the time that the last tick returned
  /// (monotonic_ms; kNever: not before the next input). Earlier is harmless, and cheap when nothing is due.
  [[nodiscard]] std::uint64_t tick(Time now, Actions& out);
  /// Events go to a room's members when a turn of inputs ends, those of one room together, and publications to the store of
  /// durable rooms, all in one append. Call it then, each time before what was queued is offered to the transports, and again as
  /// long as owes_turn_end(): a burst is given out in parts, so that the transports can say in between who does not take it.
  void end_turn(Time now, Actions& out);
  [[nodiscard]] bool owes_turn_end() const;
  [[nodiscard]] bool owes_commit() const;
  /// From here on so many connections may begin, of the whole server and of one user (0: any number); nobody who is there is
  /// ended. The same to all shards of a server.
  void allow(std::size_t connections_max, std::size_t connections_per_user_max, Time now, Actions& out);
  /// Says BYE draining to every connection; each is told a retry-after spread over `spread_ms`.
  void drain(std::uint64_t spread_ms, Time now, Actions& out);

  [[nodiscard]] std::size_t connection_count() const;
  /// Looks at every connection.
  [[nodiscard]] StateCounts state_counts() const;

  /// From here on every input is written down. Before the first; `recorder` outlives the shard.
  void record(Recorder& recorder);
  /// For a replay: who says again what the shard was told from outside. Before the first input; outlives the shard.
  void attend(Witness& witness);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dialogue
