// Logs in memory whose rooms were freed: each is emptied when its room was unused for a while, or immediately if it is empty.
// The store is notified of them, so that it evicts them before it is full. Their rooms begin another epoch with their next use.
// Used by its owner shard only. docs/decisions/035-lifetime-of-pattern-rooms.md
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "server/core/owner/store_calls.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

inline constexpr std::size_t kUnusedLogsMax = 16'384;  ///< beyond it the longest unused log is emptied

class IdleLogs {
 public:
  IdleLogs(std::uint64_t kept_ms, RoomRegistry& rooms, StoreCalls& stores) : rooms_(rooms), stores_(stores), due_(kept_ms) {}

  /// The room is freed, and its log is in memory.
  void add(const Room& room, std::uint64_t now_ms);
  /// Empties those whose time has come; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);

 private:
  using Entry = std::pair<std::string, std::uint64_t>;  ///< a room's id, and which of its times this is

  void end(const Entry& entry);
  void erase(std::string room_id);

  RoomRegistry& rooms_;
  StoreCalls& stores_;
  std::uint64_t times_ = 0;
  std::map<std::string, std::uint64_t> newest_;  ///< by id; only the newest time counts
  DelayQueue<Entry> due_;
};

}  // namespace dialogue::core
