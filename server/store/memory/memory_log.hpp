// The log of one room in memory. Used by MemoryStore only, from its thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/log/room_log_types.hpp"
#include "server/store/memory/sparse_record_deque.hpp"
#include "server/store/room_part.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

class MemoryLog {
 public:
  explicit MemoryLog(std::uint64_t epoch) : epoch_(epoch) {}

  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t head() const { return head_; }
  /// About how much memory it takes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] core::RoomLogState state() const;

  /// For how long records are kept in a room that is not opened; 0: whatever their age.
  [[nodiscard]] std::uint64_t keep_ms() const { return keep_ms_; }
  /// Takes a part of the log as another store has it.
  void put(const RoomPart& part);

  /// Takes a write that fits (write_status).
  void append(core::RoomWrite write);
  [[nodiscard]] core::LogPage read(const core::ReadRange& range) const;
  [[nodiscard]] core::LogTrimmed trim(const core::TrimLog& trim);

  /// Calls `look(record)` for the records after `after` that a user published, all users' if the user is empty, until it
  /// returns false or `looks_left` were visited. Returns the last visited sequence; no value: the log's end was reached.
  std::optional<std::uint64_t> find_user(std::string_view user_id, std::uint64_t after, std::uint64_t& looks_left,
                                         const std::function<bool(const core::LogRecord&)>& look) const;
  /// Whether the log has records other than those by which erasures notify members.
  [[nodiscard]] bool has_records_of_others() const;
  /// Erases a record, which must exist.
  void erase_record(std::uint64_t seq);
  /// Forgets the producers whose keys begin with `prefix`, and returns their number.
  std::uint64_t erase_producers(const std::string& prefix);

  /// One bounded step of taking what its last write said may go, by that clock.
  void look_after(std::uint64_t clock_ms);

  /// MemoryStore's: its place among the logs that are not used; 0: it is used.
  std::uint64_t unused_place = 0;

  /// The bytes that a write adds to bytes(), without removals.
  [[nodiscard]] static std::size_t cost(const core::RoomWrite& write);

 private:
  void add(core::LogRecord record);
  void apply(const core::ProducerDelta& delta);
  /// The record that is the oldest of its group, or of all.
  void drop(const core::LogRecord& oldest);
  [[nodiscard]] bool drop_below_base(std::size_t records_max);
  [[nodiscard]] bool drop_window(const core::TrimLog::Window& window);
  [[nodiscard]] bool move_base(std::uint64_t before_ms);
  void drop_producers(std::uint64_t before_ms, std::uint64_t pages_before_ms);
  void read_forwards(const core::ReadRange& range, core::LogPage& page) const;
  void read_backwards(const core::ReadRange& range, core::LogPage& page) const;

  std::uint64_t epoch_;
  std::uint64_t base_ = 1, head_ = 0, timestamp_ms_ = 0;
  std::uint64_t keep_ms_ = 0;
  std::uint64_t producers_due_ms_ = 0;  ///< when its producers are checked next
  std::size_t bytes_ = 0;
  SparseRecordDeque records_;
  // Ordered: clients choose both keys, and could choose ones whose hashes collide.
  std::map<std::string, std::deque<std::uint64_t>> groups_;  ///< ascending
  std::map<std::string, core::ProducerState> producers_;
};

}  // namespace dialogue::store
