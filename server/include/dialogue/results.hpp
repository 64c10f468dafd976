// What an instance answers: values, never exceptions. RoomInfo, ConnectionInfo and UserInfo are the core's own.
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
  std::string message;  ///< one sentence when refused
  /// Refused since too much is unanswered already (Config::trigger_bytes_max), with the code rate_limited: nothing of it
  /// happened. Wait for answers, then try again.
  bool busy = false;

  [[nodiscard]] bool ok() const { return code == ErrorCode::ok; }
  /// lower snake_case, what clients see too: "room_unknown"
  [[nodiscard]] std::string_view code_name() const { return error_name(code); }
};

/// What became of a publication.
struct TriggerResult : RequestResult {
  std::string path;                ///< where in the payload the fault is: "$.text"
  std::uint64_t seq = 0;           ///< position in the room's log, from 1; 0 for a volatile event
  std::uint64_t epoch = 0;         ///< the room's log; with seq a position that clients can resume from
  std::uint64_t timestamp_ms = 0;  ///< Unix time
};

/// What became of an event for a user or a session.
struct SendResult : RequestResult {
  std::string path;             ///< where in the payload the fault is: "$.text"
  std::size_t connections = 0;  ///< that it was sent to; 0: nobody was there
};

/// Which events of a room's log.
struct HistoryRange {
  std::uint64_t since = 0, before = kSafeIntegerMax;  ///< sequences, both exclusive
  std::size_t limit = 100;
  bool oldest_first = false;  ///< of the range the oldest, instead of the newest
};

/// A page of a list that is sorted by id: at most `limit` entries whose id is greater than `after`. A page that has fewer is the
/// last. It costs what it holds.
struct ListRange {
  std::string after;
  std::size_t limit = kListEntriesUsual;
};

/// What a room's log held, ascending.
struct HistoryResult : RequestResult {
  std::uint64_t epoch = 0, base = 1, head = 0;  ///< the log: the first sequence that can be read, and the newest
  std::vector<LogRecord> events;
  std::vector<SeqRange> damaged = {};  ///< sequences that can be read no more, ascending; they count as events
};

/// What became of a revocation. It is in force in any case; with `store_unavailable` until this server ends.
struct RevokeResult : RequestResult {
  std::size_t ended = 0;  ///< connections that it ended
};

}  // namespace dialogue
