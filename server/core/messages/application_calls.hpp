// What an embedding program asks of the shards: one struct per call. May be posted to any shard: it is passed on to where it
// belongs. The shard that answers does so by the action AnswerCall, with the call's number and its Result, or an Error where the
// question could not be asked at all. server/calls/pending_calls.hpp knows who waits for it. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

/// A user who is connected, or a member of a room: once, with all connections.
struct UserInfo {
  std::string user_id, name, meta;  ///< name and meta of one of the user's connections; meta: a JSON object, or empty
  std::uint64_t connections = 0;
};

/// A part of a list that is sorted by a key: the first `limit` entries whose key is greater than `after`. Who wants to know
/// whether there are more asks for one more.
struct PageRange {
  std::string after;
  std::uint64_t limit = kSafeIntegerMax;  ///< by default all
};

/// Where a publication stands.
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

/// Makes a room at run time. Its events must be the catalogue's. room_exists, name_invalid (the id, or a display name that is too
/// long or not plain text), event_unknown. With a store that keeps rooms it is kept before the answer; store_full,
/// store_unavailable.
struct CreateRoom {
  RoomDefinition definition;
  CallId call = 0;

  using Result = ErrorCode;
};

/// Ends a room and empties its log; its members get LEFT room_deleted. room_unknown. A pattern's room comes back, empty,
/// with its next member; a predefined room is there again at once, empty, with a new epoch.
struct DeleteRoom {
  std::string room_id;
  CallId call = 0;

  using Result = ErrorCode;
};

/// Publishes past access rules. `payload` is JSON text, checked against the event's schema.
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

  using Result = PublishResult;
};

/// What a room's log holds: the newest `limit` records with since < seq < before, ascending; with `oldest_first` the oldest
/// instead. `damaged`: sequences of that range which cannot be read any more. history_damaged, store_unavailable, room_unknown.
struct HistoryQuery {
  struct Result {
    Error fault;
    std::uint64_t epoch = 0, base = 1, head = 0;
    std::vector<LogRecord> records;
    RoomInfo room = {};                  ///< as it was when it was asked about
    std::vector<SeqRange> damaged = {};  ///< ascending; they count towards `limit`
  };
  std::string room_id;
  std::uint64_t since = 0, before = kSafeIntegerMax;
  std::size_t limit = 100;
  bool oldest_first = false;
  CallId call = 0;
};

/// Rooms of all shards, sorted by id. Costs what it returns.
struct RoomsQuery {
  PageRange page = {};
  CallId call = 0;

  using Result = std::vector<RoomInfo>;
};

/// Greeted connections of all shards, sorted by user id: those of one user, or of everybody where it is empty.
struct ConnectionsQuery {
  std::string user_id;
  CallId call = 0;

  using Result = std::vector<ConnectionInfo>;
};

/// Users who are connected, sorted by id. With `users` only those of them, and the page does not matter. Costs what it returns.
struct UsersQuery {
  PageRange page;
  std::vector<std::string> users;
  CallId call = 0;

  using Result = std::vector<UserInfo>;
};

/// Who is in a room, as its members see it, sorted by user id: places that are kept for lost connections count. room_unknown.
/// Costs what it returns.
struct MembersQuery {
  struct Result {
    Error fault;
    std::vector<UserInfo> members;
  };
  std::string room_id;
  PageRange page;
  CallId call = 0;
};

/// Ends all connections of a user: BYE denied_by_hook with the reason. The answer is how many there were.
struct KickUser {
  std::string user_id, reason;
  CallId call = 0;

  using Result = std::size_t;
};

/// Ends all connections whose token is covered: BYE token_revoked. The answer is how many there were. Whoever answers AskIdentity
/// must know of it before: answers that are on their way are judged by it, later ones are not.
struct RevokeTokens {
  Revocation what;
  CallId call = 0;

  using Result = std::size_t;
};

/// Forgets the producers of a user whose data was erased, in the open rooms of the shard that is asked: call each shard. The
/// answer is how many there were. Costs a look at each open room.
struct ForgetUser {
  std::string user_id;
  CallId call = 0;

  using Result = std::size_t;
};

/// Takes a user out of one room, or of all when `room_id` is empty: LEFT forbidden. The answer is how many memberships ended.
struct LeaveRoom {
  std::string user_id, room_id;
  CallId call = 0;

  using Result = std::size_t;
};

/// Sends an event to all connections of a user, or to one session: EVENT of room 0. It is in no log, and a user who is not
/// connected misses it. `payload` is JSON text, checked against the event's schema. event_unknown, payload verdicts,
/// request_invalid.
struct SendEvent {
  struct Result {
    Error fault;                  ///< code ok: sent to those that there are
    std::string message;          ///< the whole sentence when refused, with its path
    std::size_t connections = 0;  ///< that it was sent to
  };
  std::string user_id, session_id;  ///< one of them
  std::string event, payload;
  std::string from = "system";
  CallId call = 0;
};

using ApplicationCall =
    std::variant<CreateRoom, DeleteRoom, ServerPublish, HistoryQuery, RoomsQuery, ConnectionsQuery, UsersQuery, MembersQuery,
                 KickUser, RevokeTokens, LeaveRoom, SendEvent, ForgetUser, ObserveQuery>;

/// The Result of a call; or why it has none: store_unavailable, when shards did not answer in time.
using CallResult =
    std::variant<Error, ErrorCode, PublishResult, HistoryQuery::Result, std::vector<RoomInfo>, std::vector<ConnectionInfo>,
                 std::vector<UserInfo>, MembersQuery::Result, std::size_t, SendEvent::Result, ObserveQuery::Result>;

}  // namespace dialogue::core
