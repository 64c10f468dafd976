// The state machine of every connection: awaiting_hello -> identifying -> ready -> closing. A table says which frame is handled
// in which state; whatever breaks the protocol's form ends the connection with BYE and Close, and nothing after that is looked
// at. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/core/messages/observation.hpp"
#include "server/core/session/catch_up.hpp"
#include "server/core/session/handshake.hpp"
#include "server/core/session/liveness.hpp"
#include "server/core/session/memberships.hpp"
#include "server/core/session/publish_intake.hpp"
#include "server/core/session/reconnect_slots.hpp"
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
  /// Says BYE and closes; memberships end at once. A second call does nothing.
  void end(Connection& connection, const Error& fault, std::uint64_t retry_after_ms = 0, Initiator by = Initiator::server);
  /// Who it is: the answer to HELLO or REFRESH, or with a ticket to a JOIN. Gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> identified(Connection& connection, std::uint64_t ticket, AuthResult&& result);
  /// What the application says to one of its questions. Gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict);
  /// Whether its user may have one more connection. Gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> counted(const UserResponse& answer);
  /// The transport is gone, told or not.
  void gone(Connection& connection);
  /// Ends all of a user's connections; returns how many there were.
  std::size_t kick(std::string_view user_id, const std::string& reason);
  /// Ends all connections whose token is covered, and memberships where only the room's is; returns how many connections there
  /// were. Verdicts that are on their way are covered too.
  std::size_t revoke(const Revocation& revocation);
  /// Ends all connections, each with a slot of its own to come back in, and refuses new ones. One whose publications are on
  /// their way ends when they are answered, or at the limit for that, and has one of the first slots.
  void drain(const DrainStarted& drain);
  /// A publication was answered, for a connection of this shard.
  void handle(PublishResponse&& answer);
  void handle(JoinResponse&& answer);
  void handle(ReplaceSession&& replace);
  void handle(HookCommand&& command);
  /// Members get LEFT. Where trying again can help, their connections end instead: they rejoin by themselves.
  void handle(RoomEnded&& ended);
  [[nodiscard]] std::uint64_t tick();

  CatchUp catch_up;
  Memberships memberships;
  PublishIntake publishing;
  ShardQueries gathering;

 private:
  using Handled = std::optional<Error>;  ///< a fault ends the connection
  struct Row;
  static const Row kRows[];

  /// Ends a greeting, unless it still waits; gives the frames that waited for it.
  [[nodiscard]] std::vector<std::string> greeted(Connection& connection, const Handled& fault);
  [[nodiscard]] Handled handle_frame(Connection& connection, const Frame& frame, std::span<char> payload);
  /// Refuses a request that reads where the connection asks too often; else counts it.
  [[nodiscard]] bool refuse_read(Connection& connection, const Frame& frame) const;
  /// Does what hooks asked of a connection, in order, as far as it can be done now: what is about a room whose JOIN has no answer
  /// waits for that, and what comes after it waits with it.
  void grant_wishes(Connection& connection);
  void grant(Connection& connection, const HookWish& wish);
  /// A request has no answer. Where the client can ask again it is refused; else its connection ends, and it comes back.
  void expired(const RequestKey& key);
  /// Counts it among its user's connections no more.
  void leave_user(Connection& connection, Memberships::Loss lost) const;
  void post_user_left(UserLeft&& left) const;
  /// When somebody who is turned away by this code may come back; 0: that is not said.
  [[nodiscard]] std::uint64_t retry_after_ms(ErrorCode code);
  /// A connection past WELCOME ended; `ending` is of metrics::Domain::ending.
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
  Handshake greeting_;
  Liveness liveness_;
  std::size_t open_count_ = 0;  ///< connections that are not closing
  bool draining_ = false;
  std::uint64_t settle_by_ms_ = kNever;  ///< of the drain
  ReconnectSlots slots_;                 ///< of the drain
};

/// What ends a connection before any of its frames is looked at: a message or a batch that is too large.
[[nodiscard]] std::optional<Error> message_fault(std::string_view message, const ShardLimits& limits);

}  // namespace dialogue::core
