// Messages from a room's owner shard to the shards of its members: events, pages of the log, presence. Fields of records, no
// wire text: each shard encodes for its own members. Values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/access/identity.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/error.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/messages/publication_trace.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::core {

/// A user in a room, as the room's members see them.
struct PresentUser {
  std::string user_id, name, meta;  ///< meta: a JSON object, or empty
};

/// The users in a room: by name, or only their number.
struct PresenceSnapshot {
  std::vector<PresentUser> members;        ///< sorted by user id
  std::optional<std::uint64_t> occupancy;  ///< the number of users; if set, `members` is unused
};

/// A publication as members get it, before any codec. Each shard has a copy of its own, so that no reference count is shared
/// between cores.
struct EventRecord {
  std::uint64_t seq = 0, timestamp_ms = 0;  ///< seq 0: volatile, not in the log
  std::uint32_t event = 0;                  ///< catalogue index
  std::string from, payload;                ///< payload: JSON on one line
  PublicationTracePtr trace = nullptr;      ///< null: it has none; what comes from the log has none
  bool deletes = false;                     ///< it deletes the key that the payload has
};

/// What a record counts for in windows and budgets, whatever it becomes on the wire.
[[nodiscard]] inline std::size_t bytes_of(const EventRecord& record) {
  constexpr std::size_t kEnvelopeBytes = 64;
  return record.payload.size() + record.from.size() + kEnvelopeBytes;
}

/// One publication for the members that this shard has.
struct Deliver {
  std::uint64_t room = 0;
  EventRecord record;
  std::uint64_t accepted_ns = 0;  ///< Time::monotonic_ns
};

/// Instead of events that were not sent along: the log has grown up to `head`. See PeerWindows.
struct LogGrew {
  std::uint64_t room = 0, head = 0;
};

/// A room's log has come to this position, by a write of any server. To the owner shard, after FollowLog.
struct LogMoved {
  std::uint64_t room = 0, epoch = 0, head = 0;
};

/// This number of bytes of Deliver's records was handled.
struct DeliversTaken {
  std::uint32_t by = 0;  ///< shard
  std::size_t bytes = 0;
};

/// The users that joined and left; or, if these are too many to list, only the number of users.
struct PresenceDelta {
  std::vector<PresentUser> joined;
  std::vector<std::string> left;  ///< user ids
  bool by_number = false;         ///< only the number is known; the lists are unused
};

/// Presence has changed: the delta is for members that may see presence, the number for the others.
struct PresenceChange {
  std::uint64_t room = 0, clock = 0, occupancy = 0;
  PresenceDelta delta;
};

/// A page of a room's log for a member: to catch up (req 0: LogPiece), or because it asked for HISTORY (HistoryResponse).
struct ReadLog {
  Address from;
  std::uint64_t room = 0, from_seq = 1, req = 0;
  std::uint32_t membership = 0;  ///< its ticket
  std::size_t limit = 0;
  bool backwards = false;
  std::shared_ptr<const Identity> identity;  ///< of HISTORY: the right is checked
  std::uint64_t history_from = 0;            ///< of HISTORY: what is before it stays hidden
};

/// One page for all members of a shard that asked for it.
struct LogPiece {
  std::vector<MembershipId> to;
  std::uint64_t room = 0;
  ErrorCode fault = ErrorCode::ok;
  std::uint64_t base = 1, last = 0;  ///< it covers everything up to `last` that can still be read
  std::vector<EventRecord> events;
  std::vector<SeqRange> damaged = {};  ///< as in LogPage
};

struct HistoryResponse {
  ConnectionId to = 0;
  std::uint64_t req = 0, room = 0;
  std::uint32_t membership = 0;  ///< the asker's ticket
  Error fault;                   ///< code ok: the page was read
  std::uint64_t epoch = 0, base = 1, head = 0;
  std::uint64_t first = 1, last = 0;  ///< what the page covers; last < first: nothing
  std::vector<EventRecord> events = {};
  std::vector<SeqRange> damaged = {};  ///< as in LogPage
};

}  // namespace dialogue::core
