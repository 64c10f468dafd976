// What a copy of a store reads and writes beyond what a server does: which rooms there are, and rooms in parts, with the epochs
// and sequences that they have elsewhere. Plain values; server/store/copy/ uses them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

inline constexpr std::size_t kRoomsPerPageMax = 256;

/// A room that was written, or erased since.
struct StoredRoom {
  core::RoomKey key;
  std::uint64_t keep_ms = 0;  ///< as in RoomWrite
};

/// Some rooms, in the store's own order. The last one's key asks for the next page; an empty page is the last.
struct RoomsPage {
  core::StoreStatus status = core::StoreStatus::ok;
  std::vector<StoredRoom> rooms{};
  bool is_supported = true;  ///< false: this store neither lists its rooms nor takes parts of them
};

/// A part of a room as another store has it. Each part has the positions of the whole log; its records and producers are added to
/// those of earlier parts.
struct RoomPart {
  core::RoomKey key;
  std::uint64_t epoch = 0, base = 1, head = 0, timestamp_ms = 0;  ///< as in RoomLogState
  std::uint64_t keep_ms = 0;                                      ///< as in RoomWrite
  std::vector<core::LogRecord> records{};  ///< from base to head, ascending, behind those of earlier parts; with holes
  std::vector<core::ProducerState> producers{};
};

}  // namespace dialogue::store
