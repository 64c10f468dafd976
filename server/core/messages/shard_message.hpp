// What shards tell each other, and what an embedding program asks of them: one struct per shard message, all of them values.
// A Mail owns one shard message on the heap, so that it is cheap to move through mailboxes: `ShardMessage mail{DeleteRoom{"chat", done}};`.
// Mail from one sender to one shard must arrive in the order in which it was posted; the protocol's order rests on it.
// `done` functions are called once, on a thread of the shard that answers; they must not block. A shard message that is dropped with its
// shard drops its `done` uncalled.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/messages/handles.hpp"
#include "server/core/access/identity.hpp"
#include "server/core/log/producer_key.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/room_rules.hpp"
#include "shared/schema/definitions.hpp"
#include "shared/base/errors.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue {

class Allowance;

/// Why something was refused. `argument` fills the "{}" of the code's message.
struct Error {
  ErrorCode code = ErrorCode::ok;
  std::string argument, path;  ///< path: into the payload ("$.text"), empty when it is not about a payload
};

// --- From the embedding program. May be posted to any shard: it is passed on to where it belongs. ---

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

// --- Between a connection's shard and a room's owner shard. ---

struct Join {
  Address from;
  std::uint64_t req = 0;  ///< 0: asked by the application, not by the client
  std::string room_id;
  std::shared_ptr<const Identity> identity;
  JoinFrom start = JoinFrom::tail;
  std::uint64_t epoch = 0, seq = 0;
  std::optional<std::vector<std::uint32_t>> events;  ///< catalogue indices; absent: the room's default
  bool trusted = false;                              ///< past access rules
  std::string resumes;                               ///< the secret of the session that it goes on with, or empty
  bool was_full = false;  ///< it found the room full, and has asked the shard of that session whether it has left
};

/// What a member's shard must know about a room. Only when granted. Events after `start` are owed to the member.
struct Admission {
  std::uint64_t room = 0, epoch = 0, start = 0, head = 0, presence_clock = 0;
  std::shared_ptr<const RoomRules> rules;
  SharedBytes joined;  ///< the JOINED frame
  bool sees_members = false;
};

struct JoinResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0;
  std::string room_id;
  std::shared_ptr<const Identity> identity;
  std::optional<std::vector<std::uint32_t>> events;
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
};

struct PublishResponse {
  ConnectionId to = 0;
  std::uint64_t room = 0, producer_seq = 0;
  Error fault;  ///< code ok: accepted
  Position position;
  std::uint64_t expected = 0;        ///< producer_hole: the number that must come first
  std::uint64_t retry_after_ms = 0;  ///< rate_limited: when sending it again can succeed
  bool duplicate = false;
};

/// What a hook is about is done, so what it asked of its client can be done as well (PendingHooks::wishes). Stays on its shard.
struct HookCommand {
  ConnectionId connection = 0;
};

/// One EVENT for the members that this shard has. Each shard gets its own copy of the text, so that no reference count is shared
/// between cores.
struct Deliver {
  std::uint64_t room = 0, seq = 0;
  std::uint32_t event = 0;
  SharedBytes text;
};

/// Instead of events that were not sent along: the log has grown up to `head`. See PeerWindows.
struct LogGrew {
  std::uint64_t room = 0, head = 0;
};

/// So many bytes of Deliver's texts were handled.
struct DeliversTaken {
  std::uint32_t by = 0;  ///< shard
  std::size_t bytes = 0;
};

/// A PRESENCE frame for members who may see who is here, and one for those who may not.
struct PresenceChange {
  std::uint64_t room = 0, clock = 0;
  SharedBytes members, occupancy;
};

/// A page of a room's log for a member: to catch up (req 0: LogPiece), or because it asked for HISTORY (HistoryResponse).
struct ReadLog {
  Address from;
  std::uint64_t room = 0, from_seq = 1, req = 0;
  std::size_t limit = 0;
  bool backwards = false;
  std::shared_ptr<const Identity> identity;  ///< of HISTORY: the right is checked
};

struct LogPiece {
  ConnectionId to = 0;
  std::uint64_t room = 0;
  ErrorCode fault = ErrorCode::ok;
  std::uint64_t base = 1, last = 0;  ///< it covers everything up to `last` that can still be read
  struct Event {
    std::uint64_t seq = 0;
    std::uint32_t event = 0;
    SharedBytes text;
  };
  std::vector<Event> events;
  std::vector<SeqRange> damaged = {};  ///< as in LogPage
};

struct HistoryResponse {
  ConnectionId to = 0;
  SharedBytes reply;
};

/// CAN: may this identity do this there? Asked of the room's owner shard, whether there is such a room or not.
struct PermissionQuery {
  Address from;
  std::uint64_t req = 0;
  Right right = Right::join;
  std::string room_id, event;  ///< event: of Right::publish
  std::shared_ptr<const Identity> identity;
};

struct PermissionResponse {
  ConnectionId to = 0;
  SharedBytes reply;
};

struct RoomEnded {
  std::uint64_t room = 0;
  ErrorCode code = ErrorCode::room_deleted;
};

// --- Asked of every shard, gathered where the question came from. ---

struct CollectRooms {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::shared_ptr<const Identity> asker;  ///< null: the application, which sees all
  PageRange page;
};
struct CollectConnections {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id;
};
struct CollectUsers {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  PageRange page;
  std::vector<std::string> users;
};
struct CollectKicked {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, reason;
};
struct CollectRevoked {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  Revocation what;
};
struct CollectLeft {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, room_id;
};
/// `text` is the whole frame: each shard makes its own copy to share among its connections.
struct CollectSent {
  std::uint32_t reply_to = 0;
  std::uint64_t gather = 0;
  std::string user_id, session_id, text;
};
/// The rooms of one shard that were asked for. Where it came on too many that the asker may not see, it stopped there.
struct RoomsPart {
  std::vector<RoomInfo> rooms;
  std::optional<std::string> stopped_at;  ///< the last room that it looked at; nothing: it did not stop
};
struct Collected {
  std::uint64_t gather = 0;
  std::variant<RoomsPart, std::vector<ConnectionInfo>, std::vector<UserInfo>, std::size_t> part;
};

using ShardMessageBody = std::variant<Deliver, Publish, PublishResponse, ReadLog, LogPiece, HistoryResponse, HistoryQuery, Join, JoinResponse,
                            ReplaceSession, Leave, LeaveResponse, PresenceChange, RoomEnded, HookCommand, CreateRoom, DeleteRoom,
                            ServerPublish, RoomsQuery, ConnectionsQuery, KickUser, LeaveRoom, CollectRooms, CollectConnections,
                            CollectKicked, CollectLeft, Collected, RevokeTokens, CollectRevoked, SendEvent, CollectSent,
                            PermissionQuery, PermissionResponse, EnterUser, UserResponse, UserLeft, UsersQuery, CollectUsers,
                            MembersQuery, LogGrew, DeliversTaken>;

class ShardMessage {
 public:
  /// From the embedding program.
  template <typename T>
  requires std::constructible_from<ShardMessageBody, T&&> &&(!std::same_as<std::remove_cvref_t<T>, ShardMessage>)ShardMessage(T&& letter)
      : letter_(std::make_unique<ShardMessageBody>(std::forward<T>(letter))) {}  // implicit: a shard message is mail
  /// From a shard.
  ShardMessage(ShardMessageBody&& letter, std::uint32_t sender) : letter_(std::make_unique<ShardMessageBody>(std::move(letter))), sender_(sender) {}

  /// The shard that posted it; nothing: the embedding program did.
  [[nodiscard]] std::optional<std::uint32_t> sender() const { return sender_; }
  /// Until it is opened.
  [[nodiscard]] const ShardMessageBody& letter() const { return *letter_; }
  /// Empties the mail. Call once.
  [[nodiscard]] ShardMessageBody open() && { return std::move(*std::exchange(letter_, nullptr)); }

 private:
  std::unique_ptr<ShardMessageBody> letter_;
  std::optional<std::uint32_t> sender_;
};

}  // namespace dialogue
