// What a connection's shard and a room's owner shard exchange about joining, publishing and leaving; and what shards say about
// users. Values; what they share by pointer never changes.
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
#include "server/core/messages/room_events.hpp"
#include "server/core/messages/room_rules.hpp"
#include "shared/base/transports.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class Allowance;

/// The session of a JOIN goes on with another one. Each by its secret.
struct Resumption {
  std::string lost;        ///< the session that its client was in last, as far as that knows
  std::string session;     ///< its own
  std::string instead_of;  ///< that went on with `lost` before, whose WELCOME never came; or empty

  /// Who has the places, as far as is known.
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
  std::unique_ptr<Resumption> resumption;            ///< null: its session goes on with none
  bool was_full = false;      ///< it found the room full, and has asked the shard of that session whether it has left
  TransportKind transport{};  ///< what carries the connection
};

/// What a member's shard must know about a room. Only when granted. Events after `start` are owed to the member.
struct Admission {
  std::uint64_t room = 0, epoch = 0, start = 0, base = 1, head = 0, presence_clock = 0;
  std::shared_ptr<const RoomRules> rules;
  std::string room_name;       ///< for people
  std::string restart_reason;  ///< why not everything since the position that was asked for comes; empty: it does
  PresenceSnapshot presence;
  bool sees_members = false;
  JoinFrom from = JoinFrom::tail;  ///< `since`: `start` is the position that it asked for
};

struct JoinResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0;
  std::string room_id;
  std::shared_ptr<const Identity> identity;
  std::optional<std::vector<std::uint32_t>> events;
  std::string filter;
  std::variant<Error, Admission> result;
};

struct Leave {
  Address from;
  std::uint64_t req = 0;  ///< 0: nobody waits for an answer
  std::uint64_t room = 0;
  std::shared_ptr<const Identity> identity;
  std::string session;     ///< set: the connection was lost, and this secret may come back for the place
  bool is_silent = false;  ///< it was lost for long already: its user is not here any more
};

/// The session with this secret goes on in another connection: one that is still there ends with `replaced`.
struct ReplaceSession {
  ConnectionId connection = 0;
  std::string secret, user_id;
};

/// A connection is this user's: is that one too many? Asked of the shard that the user's name leads to.
struct EnterUser {
  Address from;
  std::string user_id;
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
  /// The connection's shard refused it. With a producer it still consumes its number; without one it only takes its turn, since
  /// answers to publications without a number are told apart by their order.
  std::unique_ptr<Error> refused;
  std::uint64_t retry_after_ms = 0;  ///< of a refusal
  SendingMark mark = {};
  std::uint64_t received_ns = 0;         ///< Time::monotonic_ns
  std::uint32_t shown_event = kNoEvent;  ///< the same as `event`, also of what was refused; for operators
  PublicationTracePtr trace = nullptr;
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
};

/// What a hook is about is done, so what it asked of its client can be done as well (PendingHooks::wishes). Stays on its shard.
struct HookCommand {
  ConnectionId connection = 0;
};

/// CAN: may this identity do this there? Asked of the room's owner shard, whether there is such a room or not.
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

}  // namespace dialogue::core
