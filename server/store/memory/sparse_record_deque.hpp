// The records of one log in memory, in the order of their sequences. They come at the end and go at the front, or now and then
// from the middle, where they leave a hole; holes are closed when they are more than half. As a tree it would cost each record a
// node and a rebalancing. Finding is O(1) where there are no holes, else O(log n). Used by its log only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

class SparseRecordDeque {
 public:
  /// Its sequence must be above all others.
  void append(core::LogRecord&& record) { slots_.push_back({std::move(record), false}); }

  /// The first record from `seq` on; null: none. Valid until the next change.
  [[nodiscard]] const core::LogRecord* from(std::uint64_t seq) const;
  /// The last record up to `seq`; null: none.
  [[nodiscard]] const core::LogRecord* up_to(std::uint64_t seq) const;

  /// The record must be there.
  void erase(std::uint64_t seq);

 private:
  struct Slot {
    core::LogRecord record;
    bool is_hole = false;
  };

  /// Returns the index of the first slot whose sequence is at least `seq`.
  [[nodiscard]] std::size_t place_of(std::uint64_t seq) const;

  std::deque<Slot> slots_;  ///< the first is not a hole
  std::size_t holes_ = 0;
};

}  // namespace dialogue::store
