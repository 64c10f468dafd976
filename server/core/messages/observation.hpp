// Queries of operators to the shards: lagging members, decisions about a connection, refusals, busy rooms. No decision of a
// shard depends on them. Values. docs/decisions/318-observation.md
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/messages/event_mask.hpp"
#include "server/core/messages/handles.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/transports.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

/// The index of an unknown event.
inline constexpr std::uint32_t kNoEvent = ~std::uint32_t{0};

/// What became of a connection or its request. `dropped`: volatile events that it was too slow for.
enum class DecisionKind : std::uint8_t { joined, left, refused, lagging, caught_up, dropped };

struct Decision {
  std::uint64_t at_ms = 0, seq = 0;  ///< Unix time; seq: where the room's log stood for it, 0: that says nothing
  DecisionKind what{};
  ErrorCode code = ErrorCode::ok;
  std::uint32_t event = kNoEvent;  ///< catalogue index
  std::uint32_t count = 1;         ///< how often in a row
  std::string room;                ///< its id; empty: of no room
  std::uint64_t epoch = 0;         ///< of the room's log, where `seq` is a place in it
  std::uint64_t taken = 0;         ///< of `left`: last sequence that the transport had certainly accepted
  bool is_selective = false;       ///< of `left`: the subscription was not to all events all the time
};

struct MembershipState {
  std::string room;
  std::uint64_t epoch = 0, joined_ms = 0;
  std::uint64_t started = 0, position = 0, head = 0;
  bool is_lagging = false;
  std::uint64_t taken = 0;  ///< last sequence that the transport has certainly accepted
  JoinFrom from{};          ///< the start of its membership
  Selection selection{};
  std::uint64_t selected_at = 0;  ///< the sequence after which the subscription has not changed
};

/// What is left of one limit.
struct LimitState {
  std::string name{};
  std::uint64_t left = 0, limit = 0, window_ms = 0;
};

enum class Initiator : std::uint8_t { server, client, network, operator_ };

struct ConnectionState {
  std::string session_id, user_id, name, peer;
  TransportKind transport{};
  std::uint64_t since_ms = 0, queued_bytes = 0;
  std::uint64_t opened_us = 0;  ///< the monotonic clock's, which orders connections by age; since_ms may differ by one each time
  std::uint64_t behind = 0;     ///< the number of sequences that it lacks in the room in which it lags most
  std::size_t rooms = 0;
  bool is_lagging = false;
  std::uint64_t closed_ms = 0;  ///< 0: it is open
  std::string code{};           ///< why it ended
  std::string reason{};         ///< in words, if the ending side gave one
  Initiator initiator{};
  std::string node{};  ///< of a cluster, by its id; empty: this one
};

struct ConnectionDetail {
  ConnectionState state;
  std::vector<MembershipState> memberships;
  std::vector<LimitState> limits;
  std::vector<Decision> decisions;  ///< newest first
  std::uint64_t forgotten_ms = 0;   ///< decisions up to then are not among these; 0: all are
};

struct RefusalCount {
  ErrorCode code{};
  std::string request{};
  std::string path, room;  ///< room: the pattern of its definition
  std::uint32_t event = kNoEvent;
  bool is_application = false;  ///< the embedding program or the HTTP API asked
  std::uint64_t count = 0, last_ms = 0;
};

struct RoomRate {
  std::string room;
  std::uint64_t size = 0;
  double per_second = 0;
};

/// What one connection of a user knows about one event of a room.
struct MemberEvidence {
  std::string session_id;
  bool is_open = false, is_member = false, is_lagging = false;
  bool wants_event = false, passes_filter = false;  ///< as its subscription is now
  std::uint64_t epoch = 0, joined_ms = 0, started = 0, head = 0, queued_bytes = 0;
  std::uint64_t position = 0;  ///< last sequence that its transport has certainly accepted
  std::uint64_t told = 0;      ///< last sequence that was sent; sequences between the two wait, or waited when it ended
  std::uint64_t closed_ms = 0;
  Selection selection{};            ///< of its stay in the room
  std::uint64_t selected_at = 0;    ///< the sequence after which the subscription has not changed; 0: since it joined
  JoinFrom from{};                  ///< `since`: it reconnected with the position `started`
  std::uint64_t forgotten_ms = 0;   ///< of its stays in the room, some that ended up to then may be forgotten; 0: none is
  std::vector<Decision> decisions;  ///< of the room, newest first
};

enum class ConnectionSort : std::uint8_t { lag, queued, age, rooms };

/// Queries all shards. `list`: the first `limit` lagging connections (`after_value`, `after_id`), by `sort`, greatest first; a
/// long scan is done in parts. `receipts`: passes all unrecorded ranges to the receiver; returns nothing. `forget`: forgets the
/// operators' data about `user_id`, who was erased; `count` is the number of the user's connections.
struct ObserveQuery {
  enum class What : std::uint8_t { list, connection, end, refusals, rooms, member, receipts, forget };
  struct Result {
    std::vector<ConnectionState> connections{};
    std::vector<ConnectionDetail> details{};  ///< one or none
    std::vector<RefusalCount> refusals{};
    std::vector<RoomRate> rooms{};
    std::vector<MemberEvidence> members{};
    std::size_t count = 0;           ///< connections that were ended, or of who is forgotten
    bool is_busy = false;            ///< too many concurrent queries
    bool has_more = false;           ///< the user has more connections than `members` are asked of
    std::uint64_t forgotten_ms = 0;  ///< when the last ended of those connections of which nothing is known any more; 0: none
  };
  What what{};
  ConnectionSort sort{};
  bool is_closed = false;
  std::uint64_t limit = 0;
  std::optional<std::uint64_t> after_value{};
  std::string after_id{};              ///< a session
  std::string user_id{}, room_id{};    ///< empty: any
  std::string session_id{}, reason{};  ///< of `connection` and `end`
  std::string event{}, payload{};      ///< of `member`: that it might have got
  CallId call = 0;
};

/// By what a list is sorted.
[[nodiscard]] inline std::uint64_t sort_value(const ConnectionState& row, ConnectionSort sort, bool is_closed) {
  switch (sort) {
    case ConnectionSort::queued:
      return row.queued_bytes;
    case ConnectionSort::rooms:
      return row.rooms;
    case ConnectionSort::age:
      return is_closed ? row.closed_ms : kSafeIntegerMax - std::min<std::uint64_t>(row.opened_us, kSafeIntegerMax);
    default:
      return row.behind;
  }
}

}  // namespace dialogue::core
