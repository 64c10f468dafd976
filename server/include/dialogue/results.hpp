// The results of an instance's calls: values, never exceptions. RoomInfo, ConnectionInfo and UserInfo come from the core.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"

namespace dialogue {

using core::LogRecord, core::SeqRange;

/// Whether a request was granted.
struct RequestResult {
  ErrorCode code = ErrorCode::ok;
  std::string message;  ///< one sentence when rejected
  /// Rejected with the code rate_limited because too much is unanswered (Config::trigger_bytes_max). Nothing was done: wait for
  /// answers, then retry.
  bool busy = false;

  [[nodiscard]] bool ok() const { return code == ErrorCode::ok; }
  /// The code's name as clients receive it, in lower snake_case: "room_unknown".
  [[nodiscard]] std::string_view code_name() const { return error_name(code); }
};

/// Result of a publication.
struct TriggerResult : RequestResult {
  std::string path;                  ///< path of the fault in the payload: "$.text"
  std::uint64_t seq = 0;             ///< position in the room's log, from 1; 0 for a volatile event
  std::uint64_t epoch = 0;           ///< epoch of the room's log; with seq, a position that clients can resume from
  std::uint64_t timestamp_ms = 0;    ///< Unix time
  bool is_duplicate = false;         ///< its idempotency key was used before: this is the first publication's position
  std::uint64_t retry_after_ms = 0;  ///< of a refusal: when sending it again can succeed; 0: unknown, or never
};

/// Result of sending an event to a user or a session.
struct SendResult : RequestResult {
  std::string path;             ///< path of the fault in the payload: "$.text"
  std::size_t connections = 0;  ///< number of recipients
};

/// A range of a room's log.
struct HistoryRange {
  std::uint64_t since = 0, before = kSafeIntegerMax;  ///< sequences, both exclusive
  std::size_t limit = 100;
  bool oldest_first = false;  ///< select the oldest events of the range instead of the newest
  /// Only events with these names; empty: all. With names, a query examines at most 10,000 events.
  std::vector<std::string> events = {};
  std::uint64_t from_ms = 0, until_ms = kSafeIntegerMax;  ///< Unix time: only from_ms <= timestamp < until_ms
};

/// A page of a list sorted by id: at most `limit` entries with an id greater than `after`. A page with fewer entries is the last.
/// The cost is proportional to the page.
struct ListRange {
  std::string after;
  std::size_t limit = kListEntriesUsual;
};

/// Events of a room's log, ascending.
struct HistoryResult : RequestResult {
  /// The log's first readable sequence is `base`. `head` is the newest accepted sequence, which may not be readable yet.
  std::uint64_t epoch = 0, base = 1, head = 0;
  std::vector<LogRecord> events;
  std::vector<SeqRange> damaged = {};  ///< unreadable sequences, ascending; they count towards the limit
  /// Where the next page begins: the next query's `since` (oldest_first) or `before`. Absent: this was the last page.
  std::optional<std::uint64_t> next = std::nullopt;
};

/// Result of erasing single events.
struct EraseResult : RequestResult {
  std::uint64_t epoch = 0;               ///< of the room's log
  std::size_t events = 0;                ///< number of events that this call erased
  std::vector<SeqRange> sequences = {};  ///< their positions, ascending
  bool is_clean = false;                 ///< the store's files have nothing left of them
};

/// Result of a revocation. It always takes effect; with `store_unavailable` only until this server ends.
struct RevokeResult : RequestResult {
  std::size_t ended = 0;              ///< number of connections that were ended
  std::uint64_t issued_before_s = 0;  ///< Unix time in force; 0: of a token by its id
};

}  // namespace dialogue
