// An author's definitions, in one value: events, rooms, and the policies that only the server needs. Made from C++
// (shared/define/define.hpp) or from JSON (server/definitions/definitions_json.hpp); the public part becomes the catalogue. A
// plain value, native only; immutable once the server has started.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/schema/schema.hpp"

namespace dialogue {

/// `call`: not an event of rooms, but a value that a call or a stream carries (CallDefinition), or a state of presence.
enum class Delivery : std::uint8_t { reliable, latest, window, volatile_, call };
enum class Durability : std::uint8_t { commit, memory };

/// What a root of a document is; see server/core/documents.
enum class DocumentKind : std::uint8_t { text, map, array, xml };
inline constexpr std::array<std::string_view, 4> kDocumentKindNames = {"text", "map", "array", "xml"};

struct DocumentRoot {
  std::string name;
  DocumentKind kind = DocumentKind::text;
};

inline constexpr std::size_t kDocumentRootsMax = 64;            ///< of one event
inline constexpr std::size_t kDocumentUpdateBytesMax = 45'000;  ///< of one publication, before base64

/// Notifications of an event to users who are away. Texts may have placeholders: server/definitions/source/push_template.hpp.
struct PushRule {
  std::string to;            ///< a property of the payload, as a path: a user id, or several; empty: there is no rule
  bool only_offline = true;  ///< only users without a connection after `delay_ms`; else all
  std::uint64_t delay_ms = 0, ttl_ms = 86'400'000;
  std::string urgency = "normal";
  std::string title, body, url, collapse;

  [[nodiscard]] bool is_set() const { return !to.empty(); }
};

struct EventDefinition {
  std::string name;      ///< "message" or "domain.action"
  NodeIndex schema = 0;  ///< node in Definitions::schemas
  Delivery delivery = Delivery::reliable;
  std::string latest_key;  ///< Delivery::latest: the property whose value is the key; empty: one per event
  std::optional<std::uint64_t> window_events, window_age_ms;  ///< Delivery::window
  std::string description;
  /// Properties of the payload, as paths ("customer.region"), by which members may filter. Only the server needs them.
  std::vector<std::string> filterable = {};
  /// Roots of the document whose updates these events are, by name; none: no document. The schema is that of `{"u": bytes}`.
  std::vector<DocumentRoot> document = {};
  PushRule push = {};  ///< only the server needs it
};

inline constexpr std::size_t kFilterableMax = 16;      ///< of one event
inline constexpr std::size_t kFilterableDepthMax = 4;  ///< names in a path

struct Retention {
  std::optional<std::uint64_t> max_events, max_age_ms;  ///< absent: unbounded
};

/// The grant of users whose token names the room.
inline constexpr std::string_view kTokenGrant = "token";

/// The users that have one right: "*" for all users, "role:NAME" (meta.role), "user:ID", kTokenGrant. An empty list grants the
/// right to no user; without a list, the default holds.
using Grants = std::vector<std::string>;

struct Access {
  std::optional<Grants> join, publish, history, presence, manage;
  std::map<std::string, Grants> publish_event;  ///< narrower than publish, per event
};

struct RateLimit {
  std::uint64_t max_events = 0, window_ms = 0;
};

/// An error that a call declares; its value is in RESULT's `data`.
struct CallError {
  std::string code;  ///< lower snake_case
  NodeIndex data = 0;
};

enum class CallKind : std::uint8_t { call, stream, duplex };
/// The names of kinds, in the order of CallKind. A catalogue has the name, or "idempotent", as the key of the request's entry.
inline constexpr std::array<std::string_view, 3> kCallKindNames = {"call", "stream", "duplex"};

/// A request with one answer, or with a stream of items, and for `duplex` a stream of items in the other direction.
struct CallDefinition {
  std::string name;  ///< must differ from those of events
  CallKind kind = CallKind::call;
  NodeIndex request = 0, answer = 0;  ///< `answer`: of each item of a stream
  NodeIndex write = 0;                ///< duplex: of each item of the client
  std::vector<CallError> errors;
  std::optional<Grants> access;         ///< as of rooms, without kTokenGrant; absent: all users
  bool is_idempotent = false;           ///< clients repeat it automatically
  std::uint64_t timeout_ms = 0;         ///< longest time to its end; 0: kCallTimeoutMs for a call, none for a stream
  std::optional<RateLimit> rate_limit;  ///< of one connection
  std::string description;
};

/// What follows a call's name in the names of the catalogue entries for its values; the name alone is the request's entry.
inline constexpr std::string_view kAnswerEntry = "~answer", kWriteEntry = "~write", kErrorEntry = "~error.";

enum class MiddlewareUse : std::uint8_t { content_filter, required_role, redact, size_guard, logger };

/// One step of the middleware that publications pass, of a kind that the server provides. Each use has its own members.
struct MiddlewareDefinition {
  MiddlewareUse use = MiddlewareUse::logger;
  std::vector<std::string> texts;          ///< content_filter: expressions; redact: paths of properties
  std::optional<std::string> replacement;  ///< content_filter, redact: the text that is put in their place
  std::string role;                        ///< required_role
  std::uint64_t bytes_max = 0;             ///< size_guard
};

/// States that sessions set in a room, and that watchers of the room receive.
struct StatesDefinition {
  NodeIndex schema = 0;
  std::uint64_t rate = 10;          ///< reports to watchers in a second, 1 to kStatesRateMax
  std::uint64_t grace_ms = 15'000;  ///< how long a lost session's state stays
  bool keeps_sessions = false;      ///< watchers receive the states of all sessions of a user; else the newest one
};

/// What follows a room's id in the name of the catalogue entry for its states. In that name "~", which names cannot contain,
/// replaces a parameter.
inline constexpr std::string_view kStateEntry = "~presence";
[[nodiscard]] inline std::string state_entry(std::string_view room_id) {
  const std::size_t open = room_id.find('{'), close = room_id.find('}');
  std::string name(room_id.substr(0, open));
  if (close != std::string_view::npos) name.append("~").append(room_id.substr(close + 1));
  return name.append(kStateEntry);
}

struct RoomDefinition {
  std::string id;    ///< "chat", or a pattern "game-{id}"
  std::string name;  ///< display name; empty: the id
  std::string description;
  std::optional<std::uint64_t> max_size;                          ///< members; absent: unbounded
  std::vector<std::string> events;                                ///< names; empty: none are allowed
  std::optional<std::vector<std::string>> default_subscriptions;  ///< absent: all
  Retention retention{100, 600'000};
  Durability durability = Durability::commit;
  bool sends_presence = true;              ///< members receive the users of the room, and their joining and leaving
  std::optional<StatesDefinition> states;  ///< absent: members have none
  Access access;
  std::vector<std::string> channels;  ///< names of kTransports; empty: all
  std::vector<MiddlewareDefinition> middleware;
};

/// The limits of one client, over all rooms. Absent: the server's own bound, or none.
struct ClientLimits {
  std::optional<std::uint64_t> bytes_per_second, joins_per_second, rooms;
  std::optional<RateLimit> reads;  ///< requests that read; absent: kReadRequestsMax in kReadRequestsWindowMs
};

struct Definitions {
  SchemaGraph schemas;
  std::vector<EventDefinition> events;
  std::vector<RoomDefinition> rooms;
  std::vector<CallDefinition> calls;
  std::optional<RateLimit> rate_limit_global;
  std::map<std::string, RateLimit> rate_limit_per_room;
  ClientLimits client_limits;
  std::vector<MiddlewareDefinition> middleware;  ///< of all rooms, before the rooms' own
};

}  // namespace dialogue
