// The possible values of metrics' labels: each domain is a fixed list of values, or one that the definitions fill in when the
// server starts (rooms, pairs, endpoints). The number of series is therefore known before the first client connects. Immutable;
// any thread.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/errors.hpp"
#include "shared/base/transports.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::metrics {

enum class Domain : std::uint8_t {
  none,
  transport,
  direction,
  frame,
  ending,
  refusal,
  turned_away,
  state,
  client,
  stage,
  room,
  pair,
  endpoint,
  status,
  durability,
  limit,
  drop,
  recovery,
  lag,
  file,
  operation,
  store_state,
  hook,
  hook_outcome,
  push_outcome,
  method,
  auth_outcome,
  check,
  level,
  overflow,
  audit,
  build,
};

/// Rooms' patterns, and pairs of a pattern and an event, that have series of their own, in the order of the definitions. The
/// series "other" has the rest, and rooms that were made at run time.
inline constexpr std::size_t kRoomSeriesMax = 100, kPairSeriesMax = 100;
/// Methods and routes of HTTP; the last is "other".
inline constexpr std::size_t kEndpointsMax = 64;

enum class Direction : std::uint8_t { in, out };
enum class ConnectionStage : std::uint8_t { http, awaiting_hello, identifying, ready, closing };
/// The kind of program that HELLO names.
enum class ClientKind : std::uint8_t { javascript, socketio, push_stream, shell, other };
/// The stages of a handshake: until HELLO, then until WELCOME.
enum class HandshakeStage : std::uint8_t { hello, welcome };
enum class AckKind : std::uint8_t { memory, commit, volatile_ };
enum class LimitKind : std::uint8_t {
  publish,
  join,
  read,
  rooms_per_connection,
  room_size,
  publications_in_flight,
  connections_per_user,
  connections,
  address,
  call,
};
enum class DropReason : std::uint8_t { backlog, credit };
enum class Recovery : std::uint8_t { recovered, epoch_changed, ahead, trimmed, forbidden };
enum class LagChange : std::uint8_t { lagging, caught_up, left };
enum class StoreFile : std::uint8_t { database, wal };
enum class StoreOperation : std::uint8_t {
  open,
  append,
  read,
  trim,
  erase,
  put_kept,
  list_kept,
  find_user,
  erase_user,
  erase_records,
  scrub
};
/// The states of a cluster's store. ok: it answers. slow: it answers late. away: it does not answer, or refuses.
enum class StoreState : std::uint8_t { ok, slow, away };
enum class HookOutcome : std::uint8_t { allowed, denied, failed };
/// The outcomes of a notification for one device. retried: it will be sent again. seen: its user was connected when it was due.
enum class PushOutcome : std::uint8_t { accepted, gone, too_large, expired, wrong_key, retried, refused, seen };
enum class LoginMethod : std::uint8_t { token, none };
enum class LoginOutcome : std::uint8_t { accepted, refused, unavailable };
enum class ReadyCheck : std::uint8_t { drain, store, application };
enum class Overflow : std::uint8_t { rooms, events };
enum class AuditKind : std::uint8_t { administration, publication, sign_in, refusal, configuration, gap };

inline constexpr std::array<std::string_view, 2> kDirections = {"in", "out"};
inline constexpr std::array<std::string_view, 5> kStates = {"http", "awaiting_hello", "identifying", "ready", "closing"};
inline constexpr std::array<std::string_view, 5> kClients = {"javascript", "socketio", "push_stream", "shell", "other"};
inline constexpr std::array<std::string_view, 2> kStages = {"hello", "welcome"};
inline constexpr std::array<std::string_view, 3> kDurabilities = {"memory", "commit", "volatile"};
inline constexpr std::array<std::string_view, 10> kLimits = {
    "publish",     "join",    "read", "rooms_per_connection", "room_size", "publications_in_flight", "connections_per_user",
    "connections", "address", "call"};
inline constexpr std::array<std::string_view, 2> kDrops = {"backlog", "credit"};
inline constexpr std::array<std::string_view, 5> kRecoveryReasons = {"none", "epoch_changed", "ahead", "trimmed", "forbidden"};
inline constexpr std::array<std::string_view, 3> kLagChanges = {"lagging", "caught_up", "left"};
inline constexpr std::array<std::string_view, 2> kFiles = {"database", "wal"};
inline constexpr std::array<std::string_view, 11> kOperations = {
    "open", "append", "read", "trim", "erase", "put_kept", "list_kept", "find_user", "erase_user", "erase_records", "scrub"};
inline constexpr std::array<std::string_view, 3> kStoreStates = {"ok", "slow", "away"};
inline constexpr std::array<std::string_view, 3> kHooks = {"connect", "join", "publish"};
inline constexpr std::array<std::string_view, 3> kHookOutcomes = {"allowed", "denied", "failed"};
inline constexpr std::array<std::string_view, 8> kPushOutcomes = {"accepted",  "gone",    "too_large", "expired",
                                                                  "wrong_key", "retried", "refused",   "seen"};
inline constexpr std::array<std::string_view, 2> kMethods = {"token", "none"};
inline constexpr std::array<std::string_view, 3> kAuthOutcomes = {"accepted", "refused", "unavailable"};
inline constexpr std::array<std::string_view, 3> kChecks = {"drain", "store", "application"};
inline constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
inline constexpr std::array<std::string_view, 2> kOverflows = {"dialogue_rooms_size", "dialogue_events_total"};
inline constexpr std::array<std::string_view, 6> kAuditKinds = {"administration", "publication",   "sign_in",
                                                                "refusal",        "configuration", "gap"};
/// Of answers; the last is every other one.
inline constexpr std::array<std::string_view, 25> kStatuses = {"101", "200", "201", "202", "204", "206", "304",  "400", "401",
                                                               "403", "404", "405", "406", "408", "409", "410",  "413", "415",
                                                               "422", "426", "429", "500", "503", "507", "other"};
/// Refusals of HTTP, before there was a connection that could have a code.
inline constexpr std::array<std::string_view, 5> kHttpRefusals = {"request_malformed", "origin_forbidden", "address_limit",
                                                                  "unavailable", "other"};

/// What ends connections beside the server's codes: the client, in order, and what is lost.
inline constexpr std::size_t kEndedByClient = kErrors.size(), kEndedByNetwork = kErrors.size() + 1;
/// One place for each number up to the greatest type's.
inline constexpr std::size_t kFrameTypes = [] {
  std::size_t greatest = 0;
  for (const FrameShape& shape : kFrameShapes) greatest = std::max(greatest, static_cast<std::size_t>(shape.type));
  return greatest + 1;
}();

[[nodiscard]] constexpr std::size_t index_of(ErrorCode code) {
  for (std::size_t i = 0; i < kErrors.size(); ++i)
    if (kErrors[i].code == code) return i;
  return 0;
}

[[nodiscard]] constexpr std::size_t status_index(unsigned status) {
  for (std::size_t i = 0; i + 1 < kStatuses.size(); ++i) {
    unsigned value = 0;
    for (const char digit : kStatuses[i]) value = value * 10 + static_cast<unsigned>(digit - '0');
    if (value == status) return i;
  }
  return kStatuses.size() - 1;
}

/// Where a refusal of HTTP counts among `turned_away`.
[[nodiscard]] constexpr std::size_t turned_away_index(unsigned status) {
  constexpr unsigned kForbidden = 403, kTooMany = 429, kUnavailable = 503;
  const std::size_t first = kErrors.size();
  if (status == kForbidden) return first + 1;
  if (status == kTooMany) return first + 2;
  if (status == kUnavailable) return first + 3;
  return status / 100 == 4 ? first : first + 4;
}

/// Whether the server is to blame for a refusal, and not its client.
[[nodiscard]] constexpr bool is_servers_fault(ErrorCode code) {
  return code == ErrorCode::store_unavailable || code == ErrorCode::store_full || code == ErrorCode::hook_unavailable ||
         code == ErrorCode::identity_unavailable || code == ErrorCode::history_damaged || code == ErrorCode::too_many_producers ||
         code == ErrorCode::server_full;
}

/// What the definitions and the server's routes fill in, in the order of the indices.
struct MetricNames {
  std::vector<std::string> rooms;                              ///< at most kRoomSeriesMax
  std::vector<std::pair<std::string, std::string>> pairs;      ///< room, event; at most kPairSeriesMax
  std::vector<std::pair<std::string, std::string>> endpoints;  ///< method, route; below kEndpointsMax
  std::string version;                                         ///< of the program
};

/// A label of one sample, by name and value.
struct Label {
  std::string_view name, value;
};
/// Those of one value of a domain: two at most, the first empty where the value is not used.
using DomainLabels = std::array<Label, 2>;

/// A domain: its labels, and its values where they are fixed; `size` is with those that the definitions fill in.
struct DomainRow {
  Domain domain;
  std::array<std::string_view, 2> labels;
  std::size_t size = 1;
  const std::string_view* values = nullptr;
};

template <std::size_t kSize>
[[nodiscard]] constexpr DomainRow fixed(Domain domain, std::string_view label,
                                        const std::array<std::string_view, kSize>& values) {
  return {domain, {label, {}}, kSize, values.data()};
}

inline constexpr std::array kDomains = {
    DomainRow{Domain::none, {}},
    DomainRow{Domain::transport, {"transport"}, kTransports.size()},
    fixed(Domain::direction, "direction", kDirections),
    DomainRow{Domain::frame, {"type"}, kFrameTypes},
    DomainRow{Domain::ending, {"initiator", "code"}, kErrors.size() + 2},
    DomainRow{Domain::refusal, {"code", "fault"}, kErrors.size()},
    DomainRow{Domain::turned_away, {"reason"}, kErrors.size() + kHttpRefusals.size()},
    fixed(Domain::state, "state", kStates),
    fixed(Domain::client, "client", kClients),
    fixed(Domain::stage, "stage", kStages),
    DomainRow{Domain::room, {"room"}, kRoomSeriesMax + 1},
    DomainRow{Domain::pair, {"room", "event"}, kPairSeriesMax + 1},
    DomainRow{Domain::endpoint, {"method", "route"}, kEndpointsMax},
    fixed(Domain::status, "status", kStatuses),
    fixed(Domain::durability, "durability", kDurabilities),
    fixed(Domain::limit, "limit", kLimits),
    fixed(Domain::drop, "reason", kDrops),
    DomainRow{Domain::recovery, {"outcome", "reason"}, kRecoveryReasons.size()},
    fixed(Domain::lag, "outcome", kLagChanges),
    fixed(Domain::file, "file", kFiles),
    fixed(Domain::operation, "operation", kOperations),
    fixed(Domain::store_state, "state", kStoreStates),
    fixed(Domain::hook, "hook", kHooks),
    fixed(Domain::hook_outcome, "outcome", kHookOutcomes),
    fixed(Domain::push_outcome, "outcome", kPushOutcomes),
    fixed(Domain::method, "method", kMethods),
    fixed(Domain::auth_outcome, "outcome", kAuthOutcomes),
    fixed(Domain::check, "check", kChecks),
    fixed(Domain::level, "level", kLevels),
    fixed(Domain::overflow, "metric", kOverflows),
    fixed(Domain::audit, "action", kAuditKinds),
    DomainRow{Domain::build, {"version"}},
};

[[nodiscard]] constexpr const DomainRow& domain_row(Domain domain) { return kDomains.at(static_cast<std::size_t>(domain)); }
[[nodiscard]] constexpr std::size_t size_of(Domain domain) { return domain_row(domain).size; }

static_assert([] {
  for (std::size_t i = 0; i < kDomains.size(); ++i)
    if (kDomains.at(i).domain != static_cast<Domain>(i)) return false;
  return true;
}());

/// The labels of one value of a domain; the first has no value where nothing is exported for it.
[[nodiscard]] DomainLabels labels_of(Domain domain, std::size_t index, const MetricNames& names);

}  // namespace dialogue::metrics
