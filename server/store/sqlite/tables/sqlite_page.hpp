// Reads one page of a room's log from the database. A damaged record affects only itself: the page has the other records, and
// lists the sequences that cannot be read. If records may be replaced, holes are compared with the log's sum, once for each
// open log. Faults other than damage are thrown as SqliteError. Used by one thread; CheckedLogs by any.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_rows.hpp"

namespace dialogue::store {

/// The logs whose records were summed since the database was opened without a missing one. From then on the writer keeps the
/// sum. Bounded: when it is full it is cleared, and logs are summed again.
class CheckedLogs {
 public:
  static constexpr std::size_t kLogsMax = 65'536;

  [[nodiscard]] bool contains(std::uint64_t room_id) const {
    const std::lock_guard lock(mutex_);
    return logs_.contains(room_id);
  }
  void add(std::uint64_t room_id) {
    const std::lock_guard lock(mutex_);
    if (logs_.size() >= kLogsMax) logs_.clear();
    logs_.insert(room_id);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::uint64_t> logs_;
};

class SqlitePageReader {
 public:
  /// `checked` must outlive it.
  SqlitePageReader(SqliteDatabase& database, CheckedLogs& checked);

  /// The room's row must be of the transaction that reads.
  [[nodiscard]] core::LogPage read(const core::ReadRange& range, const RoomRow& room);
  /// Whether the log's records match the sum in the room's row: reads all of them.
  [[nodiscard]] bool is_whole(const RoomRow& room);

 private:
  /// Fills the page; returns the ranges that cannot be read reliably, in the order of the search.
  [[nodiscard]] std::vector<core::SeqRange> scan(const core::ReadRange& range, const RoomRow& room, core::LogPage& page);
  /// Returns the unreadable part at the end of [low, high] at which the search failed.
  [[nodiscard]] core::SeqRange unreadable(const RoomRow& room, core::SeqRange rest, bool backwards);
  /// Returns the record of [low, high] that the search would find first; 0: there is none; no value if it cannot be read.
  [[nodiscard]] std::optional<std::uint64_t> nearest(const RoomRow& room, core::SeqRange rest, bool backwards);
  /// Whether every hole is one that replaced records have left.
  [[nodiscard]] bool are_holes_right(const RoomRow& room);

  CheckedLogs& checked_;
  SqliteStatement forwards_, backwards_, nearest_forwards_, nearest_backwards_, sums_;
};

}  // namespace dialogue::store
