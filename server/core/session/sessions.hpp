// The state machine of every connection: awaiting_hello -> identifying -> ready -> closing. A table lists the frames that each
// state accepts. A frame that violates the protocol's form ends the connection with BYE and Close; later frames are ignored. Used
// by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/core/context/reconnect_slots.hpp"
#include "server/core/exchange/exchanges.hpp"
#include "server/core/messages/observation.hpp"
#include "server/core/presence/state_watches.hpp"
#include "server/core/session/catch_up.hpp"
#include "server/core/session/handshake.hpp"
#include "server/core/session/liveness.hpp"
#include "server/core/session/member_requests.hpp"
#include "server/core/session/memberships.hpp"
#include "server/core/session/publish_intake.hpp"
#include "server/core/session/resumed_joins.hpp"
#include "server/core/session/shard_queries.hpp"

namespace dialogue::core {

/// A full server asks for patience, spread out.
inline constexpr std::uint64_t kFullRetryMinMs = 1000, kFullRetrySpreadMs = 4000;

class Sessions {
 public:
  Sessions(const ShardContext& context, const RoomOwner& owner);

  /// `server_connections`: as in ConnectionOpened.
  [[nodiscard]] ConnectionId open(const PeerFacts& peer, std::size_t server_connections);
  /// Handles one frame of a message; its bytes may be changed in place.
  void frame(Connection& connection, std::span<char> text);
  /// Sends BYE and closes; memberships end immediately. A second call does nothing.
  void end(Connection& connection, const Error& fault, std::uint64_t retry_after_ms = 0, Initiator by = Initiator::server);
  /// Who it is: the answer to HELLO or REFRESH, or with a ticket to a JOIN. Gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> identified(Connection& connection, std::uint64_t ticket, AuthResult&& result);
  /// The application's answer to one of its questions. Returns the frames that waited for it.
  [[nodiscard]] std::vector<std::string> hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);
  /// Whether its user may have one more connection. Gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> counted(const UserResponse& answer);
  /// The transport has ended, announced or not.
  void gone(Connection& connection);
  /// Ends all of a user's connections; returns how many there were.
  std::size_t kick(const Kick& kick);
  /// Ends all connections whose token is covered, and memberships where only the room's is; returns how many connections there
  /// were. Verdicts that are on their way are covered too.
  std::size_t revoke(const Revocation& revocation);
  /// Ends all connections, each with its own slot for the reconnect, and refuses new ones. One whose publications are on
  /// their way ends when they are answered, or at the limit for that, and has one of the first slots.
  void drain(const DrainStarted& drain);
  /// A publication was answered, for a connection of this shard.
  void handle(PublishResponse&& answer);
  void handle(JoinResponse&& answer);
  /// Takes a reply of the handler of a call or stream.
  void exchange_replied(Connection& connection, std::uint64_t ticket, ExchangeReply&& reply);
  void handle(ReplaceSession&& replace);
  void handle(HookCommandsReady&& ready);
  /// Members get LEFT. Where trying again can help, their connections end instead: they rejoin by themselves.
  void handle(RoomEnded&& ended);
  [[nodiscard]] std::uint64_t tick();

  CatchUp catch_up;
  Memberships memberships;
  MemberRequests requests;
  ResumedJoins resumed_joins;
  PublishIntake publishing;
  Exchanges exchanges;
  StateWatches states;
  ShardQueries queries;

 private:
  using Handled = std::optional<Error>;  ///< a fault ends the connection
  struct Row;
  static const Row kRows[];

  /// Ends a handshake, unless it still waits; returns the frames that waited for it.
  [[nodiscard]] std::vector<std::string> end_handshake(Connection& connection, const Handled& fault);
  /// Handles a frame. If it is not `is_whole`, only the integers that identify it could be read, and it is refused.
  [[nodiscard]] Handled handle_frame(Connection& connection, const Frame& frame, std::span<char> payload, bool is_whole);
  /// Refuses a request that reads if the connection exceeds its rate; otherwise counts it.
  [[nodiscard]] bool refuse_read(Connection& connection, const Frame& frame) const;
  /// Executes the commands of hooks to a connection, in order, as far as is possible now: a command about a room whose JOIN has
  /// no answer waits for it, and later commands wait with it.
  void run_commands(Connection& connection);
  void run_command(Connection& connection, const HookCommand& command);
  /// Judges the rights of a connection whose identity has changed, and ends what the new one may not do.
  void judge(Connection& connection);
  /// Handles a request without an answer: refuses it if the client can retry it; else ends the connection, and the client
  /// reconnects.
  void expired(const RequestKey& key);
  /// Removes the connection from the count of its user's connections.
  void leave_user(Connection& connection, Memberships::Loss lost) const;
  /// Returns in how many ms a client that is rejected with this code may reconnect; 0: unspecified.
  [[nodiscard]] std::uint64_t retry_after_ms(ErrorCode code);
  /// Called when a connection past WELCOME has ended; `ending`: of metrics::Domain::ending.
  void count_end(const Connection& connection, std::size_t ending) const;
  void count_turned_away(ErrorCode code) const;
  /// Ends those that still wait at the drain's limit; when that is.
  std::uint64_t end_unsettled();
  /// Ends one for the drain.
  void end_drained(Connection& connection, bool is_unsettled);
  /// Ends what a ready session had, once. `reason` is for the application and the log.
  void leave_service(Connection& connection, std::string_view reason, Memberships::Loss lost);

  const ShardContext& context_;
  HookRunner hooks_;
  Handshake handshake_;
  Liveness liveness_;
  std::size_t open_count_ = 0;  ///< connections that are not closing
  bool draining_ = false;
  std::uint64_t settle_by_ms_ = kNever;  ///< of the drain
  ReconnectSlots slots_;                 ///< of the drain
};

/// Returns the error that ends a connection before its frames are read: a message or a batch is too large.
[[nodiscard]] std::optional<Error> message_fault(std::string_view message, const ShardLimits& limits);

}  // namespace dialogue::core
