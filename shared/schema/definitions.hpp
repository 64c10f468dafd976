// What an author defines, in one value: events, rooms, and the policies that only the server needs.
// Made from C++ (shared/define/define.hpp) or from JSON (server/definitions/definitions_json.hpp); the public part becomes the
// catalogue. A plain value, native only; immutable once the server has started.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/schema/schema.hpp"

namespace dialogue {

enum class Delivery : std::uint8_t { reliable, latest, window, volatile_ };
enum class Durability : std::uint8_t { commit, memory };

struct EventDefinition {
  std::string name;      ///< "message" or "domain.action"
  NodeIndex schema = 0;  ///< node in Definitions::schemas
  Delivery delivery = Delivery::reliable;
  std::string latest_key;  ///< Delivery::latest: the property whose value is the key; empty: one per event
  std::optional<std::uint64_t> window_events, window_age_ms;  ///< Delivery::window
  std::string description;
  /// Properties of the payload, as paths ("customer.region"), by which members may filter. Only the server needs them.
  std::vector<std::string> filterable = {};
};

inline constexpr std::size_t kFilterableMax = 16;      ///< of one event
inline constexpr std::size_t kFilterableDepthMax = 4;  ///< names in a path

struct Retention {
  std::optional<std::uint64_t> max_events, max_age_ms;  ///< absent: unbounded
};

/// The grant of a user who brings a token for the room.
inline constexpr std::string_view kTokenGrant = "token";

/// Who may do one thing: "*" anybody, "role:NAME" (meta.role), "user:ID", kTokenGrant. An empty list is nobody; absent is the
/// default.
using Grants = std::vector<std::string>;

struct Access {
  std::optional<Grants> join, publish, history, presence, manage;
  std::map<std::string, Grants> publish_event;  ///< narrower than publish, per event
};

enum class MiddlewareUse : std::uint8_t { content_filter, required_role, redact, size_guard, logger };

/// One step of the chain that publications pass, out of those that come with the server. Each use has its own members.
struct MiddlewareDefinition {
  MiddlewareUse use = MiddlewareUse::logger;
  std::vector<std::string> texts;          ///< content_filter: expressions; redact: paths of properties
  std::optional<std::string> replacement;  ///< content_filter, redact: the text that is put in their place
  std::string role;                        ///< required_role
  std::uint64_t bytes_max = 0;             ///< size_guard
};

struct RoomDefinition {
  std::string id;    ///< "chat", or a pattern "game-{id}"
  std::string name;  ///< display name; empty: the id
  std::string description;
  std::optional<std::uint64_t> max_size;                          ///< members; absent: unbounded
  std::vector<std::string> events;                                ///< names; empty: none are allowed
  std::optional<std::vector<std::string>> default_subscriptions;  ///< absent: all
  Retention retention{100, 600'000};
  Durability durability = Durability::commit;
  bool tells_presence = true;  ///< who is here, who comes and who goes
  Access access;
  std::vector<std::string> channels;  ///< names of kTransports; empty: all
  std::vector<MiddlewareDefinition> middleware;
};

struct RateLimit {
  std::uint64_t max_events = 0, window_ms = 0;
};

/// What one client may do, in all rooms together. Absent: the server's own bound, or none.
struct ClientLimits {
  std::optional<std::uint64_t> bytes_per_second, joins_per_second, rooms;
  std::optional<RateLimit> reads;  ///< requests that read; absent: kReadRequestsMax in kReadRequestsWindowMs
};

struct Definitions {
  SchemaGraph schemas;
  std::vector<EventDefinition> events;
  std::vector<RoomDefinition> rooms;
  std::optional<RateLimit> rate_limit_global;
  std::map<std::string, RateLimit> rate_limit_per_room;
  ClientLimits client_limits;
  std::vector<MiddlewareDefinition> middleware;  ///< of all rooms, before the rooms' own
};

}  // namespace dialogue
