// The values of a room's log, and a shard's requests to the store that keeps it. A request is complete in itself; the answer
// arrives later, as an input of the shard. server/store/store.hpp answers. Plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/errors.hpp"

namespace dialogue::core {

/// The key of a room. The tenant is empty if there is only one.
struct RoomKey {
  std::string tenant, room;
  friend bool operator==(const RoomKey&, const RoomKey&) = default;
};

/// One publication in a log. Events are kept by name: numbers belong to one catalogue, logs outlive it.
struct LogRecord {
  std::uint64_t seq = 0, timestamp_ms = 0;  ///< of the Unix epoch; never falls with rising seq
  std::string event, from;
  std::string payload;           ///< JSON on one line, as it was published
  std::string group;             ///< records of one group replace each other; empty: none
  std::uint64_t group_keep = 0;  ///< number of the group's newest records that stay; 0: no group
  bool deletes = false;          ///< from here on there is nothing under the group's key
};

/// The event by which an erasure says to members of a room, if it lists one of this name, which sequences are gone.
inline constexpr std::string_view kErasedEvent = "erased";

/// The event of the records of a document's snapshot, which no member receives: server/core/documents/document_log.hpp.
inline constexpr std::string_view kSnapshotEvent = "dialogue.document";
/// A log keeps this many updates of a document. More than there are between two snapshots.
inline constexpr std::uint64_t kDocumentUpdatesKept = 1'000;

/// Distinguishes two publications of a producer; see payload_hash().
using PayloadHash = std::uint32_t;

/// The result of one number of a producer: accepted at a position, or refused permanently with a code.
struct ProducerReceipt {
  std::uint64_t seq = 0, timestamp_ms = 0;
  PayloadHash hash = 0;
  ErrorCode refused = ErrorCode::ok;
  friend bool operator==(const ProducerReceipt&, const ProducerReceipt&) = default;
};

/// A producer in one room, whole.
struct ProducerState {
  std::string key;
  std::uint64_t expected = 1;  ///< the number that must come next
  /// A ring: see producer_ring.hpp.
  std::vector<ProducerReceipt> receipts;
  std::uint64_t used_ms = 0;  ///< when its newest number came, by the clock that trims: steady, in Unix time
  friend bool operator==(const ProducerState&, const ProducerState&) = default;
};

/// The results of a producer's newest numbers; those of older ones stay. `expected` 1: the producer is to be forgotten.
struct ProducerDelta {
  std::string key;
  std::uint64_t expected = 1;  ///< the number that must come next
  std::vector<ProducerReceipt>
      receipts;               ///< at most kPublishInFlightMax, in the order of their numbers: the last is of expected - 1
  std::uint64_t used_ms = 0;  ///< as in ProducerState
  friend bool operator==(const ProducerDelta&, const ProducerDelta&) = default;
};

/// A room's log without its records. `base` is the first sequence that can be read: head + 1 when there is none.
struct RoomLogState {
  std::uint64_t epoch = 0, base = 1, head = 0;
  std::uint64_t timestamp_ms = 0;  ///< of the newest record that there ever was
  std::vector<ProducerState> producers;
};

enum class StoreStatus : std::uint8_t {
  ok,
  full,     ///< no space left: nothing of it happened; try again later
  busy,     ///< too much to do: nothing of it happened; try again later
  damaged,  ///< what is kept of this room cannot be trusted; other rooms are well
  stale,    ///< the log has another epoch or head: another process writes it
  failed,   ///< the store has failed permanently; the outcome of this request is unknown until it is opened again
};

/// A room that was made at run time: its definition, as server/core/room/dynamic_room.hpp writes it.
struct KeptRoom {
  RoomKey key;
  std::string definition;
  friend bool operator==(const KeptRoom&, const KeptRoom&) = default;
};

struct RoomOpened {
  StoreStatus status = StoreStatus::ok;
  RoomLogState state;
  /// Unix time since which the wall clock was not set, as far as the store knows. 0: unknown.
  std::uint64_t clock_known_ms = 0;
};

/// All that one commit changes in one room: everything or nothing.
struct RoomWrite {
  RoomKey key;
  std::uint64_t epoch = 0;               ///< must be the log's own
  std::vector<LogRecord> records;        ///< contiguous, from head + 1; may be none
  std::vector<ProducerDelta> producers;  ///< what came of the numbers that it holds; apply_delta() adds it to what is known
  std::uint64_t base = 1;                ///< records before it may go, and are not read any more
  /// For rooms that are not opened again: records that are older than `keep_ms` by `clock_ms`, the newest of all writes, may be
  /// deleted by the store itself. 0: none.
  std::uint64_t keep_ms = 0, clock_ms = 0;
};

/// The purpose of reading a page. A store that reads for many serves the purposes in turn, and within each the requesters or the
/// rooms.
enum class ReadPurpose : std::uint8_t { catch_up, history };

/// Records of [from, ...] in ascending order, or of [..., from] in descending order of search; always answered ascending.
struct ReadRange {
  RoomKey key;
  std::uint64_t epoch = 0, from_seq = 1;
  bool backwards = false;          ///< the newest ones up to from_seq
  std::size_t records_max = 100;   ///< at least 1
  std::size_t bytes_max = 65'536;  ///< of payloads; the first record comes whatever its size
  ReadPurpose purpose = ReadPurpose::history;
  std::uint64_t asker = 0;  ///< the caller, as far as the room's shard distinguishes callers; 0: none in particular
};

/// Sequences from `first` to `last`.
struct SeqRange {
  std::uint64_t first = 1, last = 0;
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

/// A page of a log. Sequences of [first, last] without a record were replaced within their group or have expired.
struct LogPage {
  StoreStatus status = StoreStatus::ok;
  std::uint64_t base = 1, head = 0;   ///< of the log, as it is now
  std::uint64_t first = 1, last = 0;  ///< what the page covers; last < first: nothing
  std::vector<LogRecord> records;
  /// The sequences of [first, last] that existed and cannot be read any more, ascending, apart from each other and from the
  /// records. Status `damaged` means instead that nothing of the log can be read.
  std::vector<SeqRange> damaged = {};
};

/// Removal by age. A store does it in steps of bounded size: `more` in the answer asks to be called again.
struct TrimLog {
  RoomKey key;
  std::uint64_t epoch = 0;
  std::uint64_t before_ms = 0;  ///< records older than this; 0: none
  struct Window {
    std::string group;
    std::uint64_t before_ms = 0;
  };
  std::vector<Window> windows;                 ///< and of one group
  std::uint64_t producers_before_ms = 0;       ///< producers unused since, whose newest record is gone; 0: none
  std::uint64_t page_producers_before_ms = 0;  ///< those of pages that were unused since: see producer_key.hpp; 0: none
  bool is_unused = false;                      ///< idle until it is opened again: a store in memory may evict it
};

struct LogTrimmed {
  StoreStatus status = StoreStatus::ok;
  std::uint64_t base = 1;
  bool more = false;
};

}  // namespace dialogue::core
