// An embedding program's calls to the shards: one struct per call. May be posted to any shard, which forwards it to the right
// one. That shard answers by the action AnswerCall, with the call's number and its Result, or with an Error if the call could
// not be executed. server/calls/pending_calls.hpp holds the callbacks. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/access/revocation.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/error.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/messages/observation.hpp"
#include "server/core/messages/publication_trace.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

struct RoomInfo {
  std::string id, name;
  std::uint64_t size = 0;                 ///< connections
  std::optional<std::uint64_t> max_size;  ///< absent: unbounded
};

struct ConnectionInfo {
  std::string session_id, user_id, name, meta;  ///< meta: a JSON object, or empty
  std::vector<std::string> rooms;               ///< ids, in the order of joining
};

/// A connected user, or a member of a room: one entry for all connections of the user.
struct UserInfo {
  std::string user_id, name, meta;  ///< name and meta of one of the user's connections; meta: a JSON object, or empty
  std::uint64_t connections = 0;
};

/// A page of a list that is sorted by a key: the first `limit` entries whose key is greater than `after`. To learn whether more
/// follow, the caller requests one more than it needs.
struct PageRange {
  std::string after;
  std::uint64_t limit = kSafeIntegerMax;  ///< by default all
};

/// The position of a publication in a log.
struct Position {
  std::uint64_t epoch = 0, seq = 0, timestamp_ms = 0;  ///< seq 0: volatile, not in the log
};

struct PublishResult {
  Error fault;          ///< code ok: published
  std::string message;  ///< the whole sentence when refused, with its path
  Position position;
  std::uint64_t expected = 0;        ///< producer_hole: the number that must come first
  std::uint64_t retry_after_ms = 0;  ///< when sending it again can succeed
  bool duplicate = false;
  std::uint32_t members = 0;  ///< of the room, when it was fanned out
};

/// Creates a room at run time. Its events must be in the catalogue. A store that keeps rooms stores it before the answer.
/// Errors: room_exists, name_invalid (the id, or a display name that is too long or not plain text), event_unknown, store_full,
/// store_unavailable.
struct CreateRoom {
  RoomDefinition definition;
  CallId call = 0;

  using Result = ErrorCode;
};

/// Ends a room and empties its log; its members receive LEFT room_deleted. A pattern's room is recreated, empty, with its next
/// member; a predefined room exists again immediately, empty, with a new epoch. Error: room_unknown.
struct DeleteRoom {
  std::string room_id;
  CallId call = 0;

  using Result = ErrorCode;
};

/// Publishes without access rules, limits and middleware; with `as`, under those that apply to that user. `payload` is JSON text,
/// checked against the event's schema.
struct ServerPublish {
  std::string room_id, event, payload;
  std::string from = "system";
  /// Exactly once: the number of a producer, as in Publish. Null: not counted. Not for volatile events.
  std::shared_ptr<const std::string> producer = nullptr;
  std::uint64_t producer_seq = 0;
  PayloadHash hash = 0;
  bool refusal_counts = false;  ///< a final refusal consumes the number
  CallId call = 0;
  PublicationTracePtr trace = nullptr;
  bool deletes = false;                          ///< the key that the payload has; of events with the delivery `latest`
  std::shared_ptr<const Identity> as = nullptr;  ///< its user is `from`; null: it is the server's own
  struct Refused {
    Error fault;
    std::uint64_t retry_after_ms = 0;  ///< when sending it again can succeed
  };
  std::optional<Refused> refused = std::nullopt;  ///< by the limits of its user, or by middleware

  using Result = PublishResult;
};

/// The maximum number of records that a query by event names reads. Then the query ends with the records it has found.
inline constexpr std::uint64_t kHistoryLookedAtMax = 10'000;

/// Reads a room's log: the newest `limit` records with since < seq < before, ascending; with `oldest_first` the oldest
/// instead. `damaged`: sequences of that range that can no longer be read. Errors: history_damaged, store_unavailable,
/// room_unknown.
struct HistoryQuery {
  struct Result {
    Error fault;
    std::uint64_t epoch = 0, base = 1, head = 0;
    std::vector<LogRecord> records;
    RoomInfo room = {};                  ///< the room when the query was executed
    std::vector<SeqRange> damaged = {};  ///< ascending; they count towards `limit`
    /// The `since` (oldest first) or the `before` of the query that continues; absent: the range has no more records.
    std::optional<std::uint64_t> next = std::nullopt;
  };
  std::string room_id;
  std::uint64_t since = 0, before = kSafeIntegerMax;
  std::size_t limit = 100;
  bool oldest_first = false;
  CallId call = 0;
  std::vector<std::string> events = {};                   ///< of these names only; empty: of all
  std::uint64_t from_ms = 0, until_ms = kSafeIntegerMax;  ///< only from_ms <= timestamp < until_ms
};

/// Reads a document of a room from the room's log. Errors: request_invalid (the event is not a document of the room, or `since`
/// is malformed), room_unknown, history_damaged, store_unavailable.
struct DocumentQuery {
  struct Result {
    Error fault;
    std::uint64_t epoch = 0, seq = 0;  ///< the position of the log that it contains
    std::string roots;                 ///< a JSON object of what each root shows
    std::string state_vector, update;  ///< bytes; `update`: what a document with the state vector `since` lacks
  };
  std::string room_id, event;
  bool wants_roots = false;
  std::optional<std::string> since = std::nullopt;
  CallId call = 0;
};

/// Deletes all that a user wrote in a document (nothing for an empty id), as an update of `system`, and replaces the previous
/// updates by a snapshot, so that the log no longer needs them.
struct CompactDocument {
  std::string room_id, event, erased_user;
  CallId call = 0;

  using Result = PublishResult;
};

/// Lists the rooms of all shards, sorted by id. The cost is proportional to the result.
struct RoomsQuery {
  PageRange page = {};
  CallId call = 0;

  using Result = std::vector<RoomInfo>;
};

/// Lists the ready connections of all shards, sorted by user id: those of the user `user_id`, or of all users if it is empty.
struct ConnectionsQuery {
  std::string user_id;
  CallId call = 0;

  using Result = std::vector<ConnectionInfo>;
};

/// Lists the connected users, sorted by id. If `users` is not empty: only those of them that are connected, without regard to
/// the page. The cost is proportional to the result.
struct UsersQuery {
  PageRange page;
  std::vector<std::string> users;
  CallId call = 0;

  using Result = std::vector<UserInfo>;
};

/// Lists the members of a room, as its members see them, sorted by user id. Places of lost connections count. The cost is
/// proportional to the result. Error: room_unknown.
struct MembersQuery {
  struct Result {
    Error fault;
    std::vector<UserInfo> members;
  };
  std::string room_id;
  PageRange page;
  CallId call = 0;
};

/// Ends all connections of a user with BYE denied_by_hook and the reason. The answer is their number.
struct KickUser {
  std::string user_id, reason;
  CallId call = 0;

  using Result = std::size_t;
};

/// Ends all connections whose token is covered, by end_by(). The answer is their number. The source that answers
/// AskIdentity must have the revocation first: answers that are on their way are checked against it, later answers are not.
struct RevokeTokens {
  Revocation what;
  CallId call = 0;

  using Result = std::size_t;
};

/// Forgets the producers, and the places of lost connections, of a user whose data was erased, in the open rooms of the called
/// shard: call each shard. The cost is proportional to the number of open rooms.
struct ForgetUser {
  struct Result {
    std::vector<std::string> rooms{};  ///< open rooms named after the user (is_room_naming); at most kListEntriesMax
  };
  std::string user_id;
  CallId call = 0;
};

/// Removes a user from one room, or from all rooms if `room_id` is empty, with LEFT forbidden. The answer is the number of
/// memberships that ended.
struct LeaveRoom {
  std::string user_id, room_id;
  CallId call = 0;

  using Result = std::size_t;
};

/// Sends an event to all connections of a user, or to one session: EVENT of room 0. It is in no log, and a user who is not
/// connected misses it. `payload` is JSON text, checked against the event's schema. Errors: event_unknown, request_invalid, and
/// those of an invalid payload.
struct SendEvent {
  struct Result {
    Error fault;                  ///< code ok: sent to the current connections
    std::string message;          ///< the whole sentence when refused, with its path
    std::size_t connections = 0;  ///< how many received it
  };
  std::string user_id, session_id;  ///< exactly one is set
  std::string event, payload;
  std::string from = "system";
  CallId call = 0;
};

using ApplicationCall =
    std::variant<CreateRoom, DeleteRoom, ServerPublish, HistoryQuery, RoomsQuery, ConnectionsQuery, UsersQuery, MembersQuery,
                 KickUser, RevokeTokens, LeaveRoom, SendEvent, ForgetUser, ObserveQuery, DocumentQuery, CompactDocument>;

struct PartialResult;

/// The Result of a call; or the error without a Result: store_unavailable if shards did not answer in time.
using CallResult =
    std::variant<Error, ErrorCode, PublishResult, HistoryQuery::Result, std::vector<RoomInfo>, std::vector<ConnectionInfo>,
                 std::vector<UserInfo>, MembersQuery::Result, std::size_t, SendEvent::Result, ObserveQuery::Result,
                 ForgetUser::Result, DocumentQuery::Result, PartialResult>;

/// The result of a call to several nodes, some of which did not answer in time. Never the result of a shard.
struct PartialResult {
  std::shared_ptr<const CallResult> result;  ///< of the nodes that answered; never a PartialResult
  std::vector<std::string> missing;          ///< the ids of the nodes that did not
};

}  // namespace dialogue::core
