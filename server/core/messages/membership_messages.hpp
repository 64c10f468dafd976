// Messages between a connection's shard and a room's owner shard about joining, publishing, leaving and states of presence, and
// between shards about users. Values; data that they share by pointer never changes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/log/producer_key.hpp"
#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/room_events.hpp"
#include "server/core/messages/room_rules.hpp"
#include "shared/base/transports.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class Allowance;

/// A JOIN's session and the one that it resumes. Each is named by its secret.
struct Resumption {
  std::string lost;        ///< the last session that the client knows of
  std::string session;     ///< of the JOIN
  std::string instead_of;  ///< the session that resumed `lost` before, whose client never received WELCOME; or empty

  /// Returns the session that has the places, as far as is known.
  [[nodiscard]] const std::string& holder() const { return instead_of.empty() ? lost : instead_of; }
};

struct Join {
  Address from;
  std::uint64_t req = 0;  ///< 0: asked by the application, not by the client
  std::string room_id;
  std::shared_ptr<const Identity> identity;
  JoinFrom start = JoinFrom::tail;
  std::uint64_t epoch = 0, seq = 0;
  std::optional<std::vector<std::uint32_t>> events;  ///< catalogue indices; absent: the room's default
  bool may_be_unlisted = false;                      ///< of the events, those that the room does not list are passed over
  std::string filter;                                ///< JSON, as it was accepted; empty: everything
  bool trusted = false;                              ///< past access rules
  std::unique_ptr<Resumption> resumption;            ///< null: it does not resume a session
  bool comes_after_loss = false;                     ///< the room's owner is notified of the end of that session before it
  bool was_full = false;          ///< it found the room full, and has asked the shard of that session whether it has left
  TransportKind transport{};      ///< what carries the connection
  HistoryFrom history_from = {};  ///< by the application
  bool continues = false;         ///< it continues a membership that the application began, from another position
  bool is_denied = false;         ///< then: the application refuses it what precedes that membership
  bool is_release = false;        ///< it does not join, but gives back what the session that it resumes has there
  bool has_place = false;         ///< it was granted a place in a room with a bound, by all nodes of a cluster
};

/// Asks the room's owner shard whether its rules permit a join about which the application is to be asked.
struct JoinQuestion {
  Join join;
};

/// The answer to it, unless the join is refused: the application can be asked.
struct JoinPermitted {
  Join join;
};

/// What a member's shard must know about a room after a granted JOIN. The member is owed the events after `start`.
struct Admission {
  std::uint64_t room = 0, epoch = 0, start = 0, base = 1, head = 0, presence_clock = 0;
  std::shared_ptr<const RoomRules> rules;
  std::string room_name;       ///< for people
  std::string restart_reason;  ///< why not everything since the position that was asked for comes; empty: it does
  PresenceSnapshot presence;
  bool sees_members = false;
  JoinFrom from = JoinFrom::tail;  ///< `since`: `start` is the position that it asked for
  bool is_fresh = true;            ///< it asked for no position, so it has nothing of the log yet
  std::uint64_t history_from = 0;  ///< the first sequence that the member may read; 0: all
  bool is_unasked = false;         ///< Narrowing'
};

struct JoinResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0;
  std::string room_id;
  std::shared_ptr<const Identity> identity;
  std::optional<std::vector<std::uint32_t>> events;
  std::string filter;
  std::variant<Error, Admission> result;  ///< the error `ok`: the place was released
  bool continues = false;                 ///< of the join: nothing was counted for it
};

struct Leave {
  Address from;
  std::uint64_t req = 0;  ///< 0: without an answer
  std::uint64_t room = 0;
  std::shared_ptr<const Identity> identity;
  std::string session;      ///< set: the connection was lost, and this secret may reclaim the place
  bool is_silent = false;   ///< it was lost for long already: its user is not here any more
  bool may_return = false;  ///< its client has not left the room on purpose: its state stays for a while
};

/// The answer to it: that session is over, if it is to end. Its rooms were notified of that, what it has asked is answered, and
/// the session that it resumed is over, too.
struct SessionReplaced {
  ConnectionId to = 0;
};

/// Asks the user's shard, which the user id determines, whether the user may have one more connection.
struct EnterUser {
  Address from;
  std::string user_id;
  std::string resumes = {};  ///< the secret of the session that the connection resumes; empty: it resumes none
};

/// The session with this secret continues on another connection: the current one, if open, ends with `replaced`.
struct ReplaceSession {
  Address from;  ///< the other connection; with `enter` the user's shard
  ConnectionId connection = 0;
  std::string secret, user_id;
  /// The user has as many connections as allowed: it goes back, behind UserLeft of the session that ends. No value: the other
  /// connection waits for SessionReplaced.
  std::optional<EnterUser> enter = std::nullopt;
};

struct UserResponse {
  ConnectionId to = 0;
  std::string user_id;
  bool granted = false;                             ///< it counts, until UserLeft
  bool keeps_places = false;                        ///< when it is lost; not where too many of the user's are
  std::shared_ptr<const Allowance> used = nullptr;  ///< by connections that have left; null: all is whole
};

struct UserLeft {
  std::string user_id;
  bool keeps_places = false;                        ///< it was lost, and its rooms keep places for it
  std::shared_ptr<const Allowance> used = nullptr;  ///< by it and those of the user beside it; null: all is whole
};

struct LeaveResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0, room = 0;
};

struct Publish {
  Address from;
  std::uint64_t room = 0, producer_seq = 0;
  std::uint32_t event = 0;                      ///< catalogue index
  std::shared_ptr<const std::string> producer;  ///< key of the producer table; null: not counted
  std::shared_ptr<const Identity> identity;
  std::string payload;   ///< checked, on one line; empty when refused
  PayloadHash hash = 0;  ///< payload_hash of what was sent
  /// The connection's shard refused it. With a producer it still consumes its number; without one it only takes its turn,
  /// because answers to publications without a number are identified by their order.
  std::unique_ptr<Error> refused;
  std::uint64_t retry_after_ms = 0;  ///< of a refusal
  SendingMark mark = {};
  std::uint64_t received_ns = 0;         ///< Time::monotonic_ns
  std::uint32_t shown_event = kNoEvent;  ///< the same as `event`, also of what was refused; for operators
  PublicationTracePtr trace = nullptr;
  bool deletes = false;          ///< the key that the payload has
  std::uint32_t membership = 0;  ///< its ticket
  bool takes_turn = false;       ///< its publisher attributes answers by their order
};

struct PublishResponse {
  ConnectionId to = 0;
  std::uint64_t room = 0, producer_seq = 0;
  Error fault;  ///< code ok: accepted
  Position position;
  std::uint64_t expected = 0;        ///< producer_hole: the number that must come first
  std::uint64_t retry_after_ms = 0;  ///< rate_limited: when sending it again can succeed
  bool duplicate = false;
  std::uint32_t event = kNoEvent;  ///< catalogue index, for operators
  PublicationTracePtr trace{};     ///< of what is refused, for the log
  std::uint32_t membership = 0;    ///< the publisher's ticket
};

/// The operation of a hook is done, so its commands to its client can be executed (`PendingHooks::commands`). Stays on its shard.
struct HookCommandsReady {
  ConnectionId connection = 0;
};

/// CAN: may this identity do this in the room? Sent to the room's owner shard, whether the room exists or not.
struct PermissionQuery {
  Address from;
  std::uint64_t req = 0;
  Right right = Right::join;
  std::string room_id, event;  ///< event: of Right::publish
  std::shared_ptr<const Identity> identity;
  TransportKind transport{};  ///< what carries the asker's connection
};

struct PermissionResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0;
  std::optional<Error> refusal;  ///< nothing: it may
};

struct RoomEnded {
  std::uint64_t room = 0;
  ErrorCode code = ErrorCode::room_deleted;
};

/// A connection wants the states of a room: a page of them, and reports from then on. Where it is granted, it counts until
/// UnwatchStates, also if the connection watches the room already: its shard gives back what it has no use for.
struct WatchStates {
  Address from;
  std::uint64_t req = 0;
  std::string room_id, after;  ///< after: the page begins behind this user
  std::shared_ptr<const Identity> identity;
  TransportKind transport{};
};

/// The answer to it. Granted: `room`, `clock`, `page` and `rules` are set.
struct StatesPage {
  ConnectionId to = 0;
  std::uint64_t req = 0;
  std::string room_id;
  Error fault;  ///< code ok: granted
  std::uint64_t room = 0, clock = 0;
  std::string page;  ///< a JSON object
  std::shared_ptr<const RoomRules> rules;
};

/// One WatchStates of a shard counts no more.
struct UnwatchStates {
  std::uint32_t shard = 0;
  std::uint64_t room = 0;
};

/// A session's state, checked against its schema; empty: it has none.
struct SetState {
  Address from;
  std::uint64_t req = 0, room = 0;
  std::shared_ptr<const Identity> identity;
  std::string state;
};

/// The answer to a SetState that was refused.
struct StateRefused {
  ConnectionId to = 0;
  std::uint64_t req = 0, room = 0;
  Error fault;
};

/// What has changed since the last report, for all watchers of a shard.
struct StatesReport {
  std::uint64_t room = 0, clock = 0;
  std::string changes;  ///< a JSON object
};

/// The room has ended, and its states with it.
struct StatesEnded {
  std::uint64_t room = 0;
};

}  // namespace dialogue::core
