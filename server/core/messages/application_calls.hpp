// What an embedding program asks of the shards: one struct per call. May be posted to any shard: it is passed on to where it
// belongs. `done` functions are called once, on a thread of the shard that answers; they must not block. A call that is dropped
// with its shard drops its `done` uncalled. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/access/revocation.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/error.hpp"
#include "server/core/messages/handles.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

struct RoomInfo {
  std::string id, name;
  std::uint64_t size = 0;                 ///< connections
  std::optional<std::uint64_t> max_size;  ///< absent: unbounded
};

struct ConnectionInfo {
  std::string session_id, user_id, name, meta;  ///< meta: a JSON object, or empty
  std::vector<std::string> rooms;               ///< ids, in the order of joining
};

/// A user who is connected, or a member of a room: once, with all of his connections.
struct UserInfo {
  std::string user_id, name, meta;  ///< name and meta of one of his connections; meta: a JSON object, or empty
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
};

/// Makes a room at run time. Its events must be the catalogue's. room_exists, name_invalid (the id, or a display name that is too
/// long or not plain text), event_unknown. With a store that keeps rooms it is kept before `done`; store_full, store_unavailable.
struct CreateRoom {
  RoomDefinition definition;
  std::function<void(ErrorCode)> done;
};

/// Ends a room and empties its log; its members are told LEFT room_deleted. room_unknown. A pattern's room comes back, empty,
/// with its next member; a predefined room is there again at once, empty, with a new epoch.
struct DeleteRoom {
  std::string room_id;
  std::function<void(ErrorCode)> done;
};

/// Publishes past access rules. `payload` is JSON text, checked against the event's schema.
struct ServerPublish {
  std::string room_id, event, payload;
  std::string from = "system";
  std::function<void(const PublishResult&)> done;
  /// Exactly once: the number of a producer, as in Publish. Null: not counted. Not for volatile events.
  std::shared_ptr<const std::string> producer = nullptr;
  std::uint64_t producer_seq = 0;
  PayloadHash hash = 0;
  bool refusal_counts = false;  ///< a final refusal consumes the number
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
  std::function<void(Result)> done;
};

/// Rooms of all shards, sorted by id. Costs what it returns.
struct RoomsQuery {
  std::function<void(std::vector<RoomInfo>)> done;
  PageRange page = {};
};

/// Greeted connections of all shards, sorted by user id: those of one user, or of everybody where it is empty.
struct ConnectionsQuery {
  std::string user_id;
  std::function<void(std::vector<ConnectionInfo>)> done;
};

/// Users who are connected, sorted by id. With `users` only those of them, and the page does not matter. Costs what it returns.
struct UsersQuery {
  PageRange page;
  std::vector<std::string> users;
  std::function<void(std::vector<UserInfo>)> done;
};

/// Who is in a room, as its members are told, sorted by user id: places that are kept for lost connections count. room_unknown.
/// Costs what it returns.
struct MembersQuery {
  struct Result {
    Error fault;
    std::vector<UserInfo> members;
  };
  std::string room_id;
  PageRange page;
  std::function<void(Result)> done;
};

/// Ends all connections of a user: BYE denied_by_hook with the reason. `done` gets how many there were.
struct KickUser {
  std::string user_id, reason;
  std::function<void(std::size_t)> done;
};

/// Ends all connections whose token is covered: BYE token_revoked. `done` gets how many there were. Whoever answers AskIdentity
/// must know of it before: answers that are on their way are judged by it, later ones are not.
struct RevokeTokens {
  Revocation what;
  std::function<void(std::size_t)> done;
};

/// Takes a user out of one room, or of all when `room_id` is empty: LEFT forbidden. `done` gets how many memberships ended.
struct LeaveRoom {
  std::string user_id, room_id;
  std::function<void(std::size_t)> done;
};

/// Sends an event to all connections of a user, or to one session: EVENT of room 0. It is in no log, and whoever is not connected
/// misses it. `payload` is JSON text, checked against the event's schema. event_unknown, payload verdicts, request_invalid.
struct SendEvent {
  struct Result {
    Error fault;                  ///< code ok: sent to those that there are
    std::string message;          ///< the whole sentence when refused, with its path
    std::size_t connections = 0;  ///< that it was sent to
  };
  std::string user_id, session_id;  ///< one of them
  std::string event, payload;
  std::string from = "system";
  std::function<void(const Result&)> done;
};

}  // namespace dialogue
