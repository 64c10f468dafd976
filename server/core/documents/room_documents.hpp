// The documents of a room at its owner shard, as the room's log has them. They run ahead of the log by the append that is under
// way: readers wait for its end. Used by its owner shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "shared/document/document.hpp"

namespace dialogue::core {

struct RoomDocument {
  document::Document document;
  std::map<std::uint64_t, std::string> authors;  ///< by client id: the user who wrote with it first
  std::uint64_t updates = 0;                     ///< in the log since the newest snapshot
  std::size_t bytes = 0;                         ///< of these
  bool has_snapshot = false;                     ///< the log has one: from the first update on
  bool is_damaged = false;                       ///< updates that it needs are missing in the log
};

struct RoomDocuments {
  std::map<std::uint32_t, RoomDocument> by_event;  ///< catalogue index
  std::uint64_t epoch = 0, head = 0;               ///< the position of the log that they contain
  bool is_ahead = false;                           ///< and updates beyond it
};

}  // namespace dialogue::core
